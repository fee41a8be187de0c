/**
 * A receiver with a small buffer (SO_RCVBUF) stops reading, and its window closes. When it reads
 * again, its window update is lost: updates are not repeated, and only the sender's next probe
 * finds the open window (RFC 9293 §3.8.6.1).
 */
import { both, drop, ms, nth, pureAck, scenario } from 'tcpetri';
import { pattern, SERVER, twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/zero-window/lost-window-update',
  { summary: 'a window update is lost', start: '2026-01-01T04:32:48Z' },
  ({ network, at, check }) => {
    const isOpen = both(pureAck, ({ tcp }) => tcp?.window === 8688);
    const { client, server } = twoHosts(network, {
      at,
      delay: ms(10),
      toClient: { faults: [drop(nth(2, isOpen))] },
    });

    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.setsockopt('SO_RCVBUF', 8192);
      listener.bind(8000, SERVER);
      listener.listen();
      const connection = await listener.accept();
      await process.sleepUntil(at('04:32:50.517434'));
      check((await connection.recv()).length === 11_584, 'what the buffer held');
      await process.sleepUntil(at('04:32:53.597678'));
      check((await connection.recv()).length === 8416, 'the rest');
      await process.sleepUntil(at('04:32:53.898321'));
      await connection.close();
    });

    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:32:48.442805'));
      await connection.connect({ address: SERVER, port: 8000 });
      await process.sleepUntil(at('04:32:48.474193'));
      await connection.send(pattern(20_000));
      await process.sleepUntil(at('04:32:53.898015'));
      await connection.close();
    });
  },
);
