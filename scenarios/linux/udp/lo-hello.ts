/**
 * UDP on loopback: twelve octets there, fifteen back, three times. Sockets without a peer take
 * their identifications from one counter for both directions, the addresses being the same.
 */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

const SERVER = { address: '127.0.0.1', port: 12_345 };

export default scenario(
  'linux/udp/lo-hello',
  { summary: 'datagrams there and back on loopback', start: '2026-01-01T04:15:44Z' },
  ({ network, at, check }) => {
    const host = loneHost(network);

    host.run('server', async (process) => {
      const socket = process.socket('datagram');
      socket.bind(SERVER.port, SERVER.address);
      for (const answer of ['04:15:44.912335', '04:15:44.965560', '04:15:45.018067']) {
        const { text, from } = await socket.recv();
        check(text === 'hello server', 'hello server');
        await process.sleepUntil(at(answer));
        socket.send('welcome to join', from);
      }
    });

    host.run('client', async (process) => {
      const socket = process.socket('datagram');
      for (const greeting of ['04:15:44.910096', '04:15:44.962608', '04:15:45.015816']) {
        await process.sleepUntil(at(greeting));
        socket.send('hello server', SERVER);
        check((await socket.recv()).text === 'welcome to join', 'welcome to join');
      }
    });
  },
);
