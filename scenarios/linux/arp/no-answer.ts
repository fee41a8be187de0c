/**
 * Nobody answers ARP: three requests, a second apart, then EHOSTUNREACH for who connects. Datagrams
 * that wait are dropped in silence, and the next one asks again.
 */
import { ping, scenario, SocketError } from 'tcpetri';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/arp/no-answer',
  { summary: 'neighbours that are not there', start: '2026-01-01T04:16:31Z' },
  ({ network, at, check, report }) => {
    const { client } = twoHosts(network, { at, asksNeighbors: true });

    client.run('client', async (process) => {
      await process.sleepUntil(at('04:16:31.817604'));
      const connecting = process.socket('stream').connect({ address: '192.168.1.200', port: 80 });
      const error: unknown = await connecting.catch((reason: unknown) => reason);
      check(error instanceof SocketError && error.code === 'EHOSTUNREACH', 'EHOSTUNREACH');

      const nobody = { address: '192.168.1.201', port: 9 };
      const socket = process.socket('datagram');
      await process.sleepUntil(at('04:16:34.910706'));
      socket.send('one', nobody);
      socket.send('two', nobody);
      await process.sleepUntil(at('04:16:38.411153'));
      socket.send('three', nobody);
      await process.sleepUntil(at('04:16:38.415755'));
      await ping(process, ['-c', '1', '192.168.1.202'], report);
    });
  },
);
