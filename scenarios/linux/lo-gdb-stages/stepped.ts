/** A real kernel's loopback: two programs, stepped from one system call to the next. */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

export default scenario(
  'linux/lo-gdb-stages/stepped',
  { summary: 'loopback, one system call at a time', start: '2026-01-01T04:33:37Z' },
  ({ network, at }) => {
    const host = loneHost(network);

    host.run('server', async (process) => {
      const listener = process.socket('stream');
      await process.sleepUntil(at('04:33:38.054783'));
      listener.bind(12345);
      listener.listen(1024);
      await process.sleepUntil(at('04:33:41.099727'));
      const connection = await listener.accept();
      await process.sleepUntil(at('04:33:42.619843'));
      await connection.send('hello, client.\n');
      await process.sleepUntil(at('04:33:50.182124'));
      await connection.close();
      await process.sleepUntil(at('04:33:51.702109'));
      await listener.close();
      await process.sleepUntil(at('04:34:54.247752')); // TIME-WAIT is over then
    });

    host.run('client', async (process) => {
      const connection = process.socket('stream');
      await process.sleepUntil(at('04:33:39.579737'));
      await connection.connect({ address: '127.0.0.1', port: 12345 });
      await process.sleepUntil(at('04:33:44.139352'));
      await connection.recv();
      await process.sleepUntil(at('04:33:45.661704'));
      await connection.close();
      await process.sleepUntil(at('04:34:54.247752'));
    });
  },
);
