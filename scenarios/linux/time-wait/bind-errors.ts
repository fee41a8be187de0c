/**
 * Ports that a TIME-WAIT holds. Without SO_REUSEADDR nobody can bind them, on either side; with it
 * a server starts again, and a connection of the same four-tuple is opened at once: out of the
 * peer's TIME-WAIT by a SYN that is plainly new, out of one's own by one that says so (RFC 6191).
 */
import { scenario, SocketError } from 'tcpetri';
import { CLIENT, listening, SERVER, twoHosts } from '../shared/lab.ts';

const CLIENT_PORT = 40_000;

export default scenario(
  'linux/time-wait/bind-errors',
  { summary: 'ports in TIME-WAIT, bound again', start: '2026-01-01T04:10:57Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network);

    server.run('server', async (process) => {
      const listener = listening(process, SERVER);
      const first = await listener.accept();
      await process.sleepUntil(at('04:10:58.413821'));
      await first.close();
      await process.sleepUntil(at('04:10:58.697640'));
      await listener.close();

      await process.sleepUntil(at('04:10:58.829512'));
      const refused = process.socket('stream');
      check(
        isInUse(() => refused.bind(8000, SERVER)),
        'EADDRINUSE without SO_REUSEADDR',
      );
      const restarted = process.socket('stream');
      restarted.setsockopt('SO_REUSEADDR', 1);
      restarted.bind(8000, SERVER);
      restarted.listen();
      const second = await restarted.accept();
      await process.sleepUntil(at('04:11:00.253393'));
      check((await second.recvText()) === 'again\n', 'again');
      await process.sleepUntil(at('04:11:00.353783'));
      await second.close();
      const third = await restarted.accept();
      await process.sleepUntil(at('04:11:00.742806'));
      await third.close();
      await process.sleepUntil(at('04:11:00.793081'));
    });

    client.run('client', async (process) => {
      const first = process.socket('stream');
      first.bind(CLIENT_PORT, CLIENT);
      await process.sleepUntil(at('04:10:58.413686'));
      await first.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:10:58.597441'));
      await first.close();

      const second = process.socket('stream');
      second.setsockopt('SO_REUSEADDR', 1);
      await process.sleepUntil(at('04:11:00.070662'));
      second.bind(CLIENT_PORT, CLIENT);
      await second.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:11:00.153195'));
      await second.send('again\n');
      await process.sleepUntil(at('04:11:00.253513'));
      await second.close();

      await process.sleepUntil(at('04:11:00.506197'));
      const refused = process.socket('stream');
      check(
        isInUse(() => refused.bind(CLIENT_PORT, CLIENT)),
        'EADDRINUSE without SO_REUSEADDR',
      );
      const third = process.socket('stream');
      third.setsockopt('SO_REUSEADDR', 1);
      third.bind(CLIENT_PORT, CLIENT);
      await process.sleepUntil(at('04:11:00.506408'));
      await third.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:11:00.793013'));
      await third.close();
    });
  },
);

function isInUse(bind: () => void): boolean {
  try {
    bind();
    return false;
  } catch (error) {
    return error instanceof SocketError && error.code === 'EADDRINUSE';
  }
}
