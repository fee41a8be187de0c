/**
 * A socket that connects to its own address and port: its SYN meets itself, a simultaneous open of
 * one. What it sends is its own to read, and it closes with itself.
 */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

export default scenario(
  'linux/simultaneous/self-connect',
  { summary: 'a connection with itself', start: '2026-01-01T03:59:30Z' },
  ({ network, at, check }) => {
    loneHost(network).run('self', async (process) => {
      const connection = process.socket('stream');
      connection.bind(5000, '127.0.0.1');
      await process.sleepUntil(at('03:59:30.713670'));
      await connection.connect({ address: '127.0.0.1', port: 5000 });
      await process.sleepUntil(at('03:59:30.842375'));
      await connection.send('echo?');
      await process.sleepUntil(at('03:59:30.942528'));
      check((await connection.recvText()) === 'echo?', 'its own words');
      await process.sleepUntil(at('03:59:30.942645'));
      await connection.close();
    });
  },
);
