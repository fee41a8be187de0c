/**
 * A client whose only ephemeral port is in TIME-WAIT: EADDRNOTAVAIL, unless tcp_tw_reuse lets it be
 * taken again a second later, which timestamps make safe. At last without timestamps: the SYN of
 * another four-tuple's TIME-WAIT, and a RST for who was never accepted.
 */
import { type Process, scenario, SocketError, type StreamSocket } from 'tcpetri';
import { SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/time-wait/one-ephemeral-port',
  { summary: 'one ephemeral port, and tcp_tw_reuse', start: '2026-01-01T04:11:02Z' },
  ({ network, at, check }) => {
    const { client, server } = twoHosts(network);
    client.command('sysctl -w net.ipv4.ip_local_port_range=40000\t40000');

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000, SERVER);
      listener.listen();
      for (const close of [at('04:11:03.008183'), at('04:11:04.409543')]) {
        const connection = await listener.accept();
        await process.sleepUntil(close);
        await connection.close();
      }
      await process.sleepUntil(at('04:11:04.560432'));
      await listener.close();
    });

    client.run('client', async (process) => {
      const connect = async (text: string): Promise<StreamSocket> => {
        await process.sleepUntil(at(text));
        return connected(process);
      };
      const first = await connect('04:11:02.957865');
      await process.sleepUntil(at('04:11:02.957981'));
      await first.close();

      check(await isUnavailable(connect('04:11:03.208533')), 'no port is left');
      client.command('sysctl -w net.ipv4.tcp_tw_reuse=1');
      check(await isUnavailable(connect('04:11:03.208748')), 'it is too early to reuse it');
      const second = await connect('04:11:04.409131');
      await process.sleepUntil(at('04:11:04.459767'));
      await second.close();

      client.command('sysctl -w net.ipv4.tcp_timestamps=0');
      const third = await connect('04:11:04.560300');
      await process.sleepUntil(at('04:11:04.560400'));
      await third.close();
    });
  },
);

async function connected(process: Process): Promise<StreamSocket> {
  const connection = process.socket('stream');
  await connection.connect({ address: SERVER, port: 8000 });
  return connection;
}

async function isUnavailable(connecting: Promise<StreamSocket>): Promise<boolean> {
  try {
    await connecting;
    return false;
  } catch (error) {
    return error instanceof SocketError && error.code === 'EADDRNOTAVAIL';
  }
}
