/** A real kernel's loopback: two of nc, a line each way, and Ctrl-C at the client. */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

export default scenario(
  'linux/lo-hello-close/nc',
  { summary: 'nc on loopback: a line each way, then Ctrl-C', start: '2026-01-01T04:31:16Z' },
  ({ network, at, check }) => {
    const host = loneHost(network);

    host.run('nc', async (process) => {
      const listener = process.socket('stream');
      listener.bind(8000);
      listener.listen(1);
      const connection = await listener.accept();
      check((await connection.recvText()) === 'hello\n', 'hello');
      await process.sleepUntil(at('04:31:17.525274'));
      await connection.send('hi there\n');
      check((await connection.recv()).length === 0, 'the end');
    });

    host.run('nc', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:31:16.106015'));
      await connection.connect({ address: '127.0.0.1', port: 8000 });
      await process.sleepUntil(at('04:31:16.824960'));
      await connection.send('hello\n');
      check((await connection.recvText()) === 'hi there\n', 'an answer');
      await process.sleepUntil(at('04:31:18.225943'));
    });
  },
);
