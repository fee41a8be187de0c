/**
 * A file that is longer than the receiver cares for: it is cut by the MSS, fills the window, and
 * waits. Then the receiver is ended by Ctrl-C, with all that it has not read: an RST.
 */
import { ms, scenario, seconds } from 'tcpetri';

export default scenario(
  'walkthroughs/big-file',
  { summary: 'a big file, a window that shrinks to 0, and an RST by Ctrl-C' },
  ({ network }) => {
    const [client, server] = network.pair({ latency: ms(1), rate: 100_000_000 });

    const reader = server.run('reader', async (process) => {
      const listener = process.socket('stream');
      listener.setsockopt('SO_RCVBUF', 16_384);
      listener.bind(8000);
      listener.listen();
      await listener.accept();
      await process.sleep(seconds(60));
    });
    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: server.address, port: 8000 });
      await connection.send(new Uint8Array(100_000)).catch(() => undefined); // ECONNRESET
    });
    server.run('user', async (process) => {
      await process.sleep(seconds(2));
      reader.signal('SIGINT');
    });
  },
);
