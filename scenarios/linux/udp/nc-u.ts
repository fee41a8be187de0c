/**
 * Two of `nc -u` on loopback. The listener connects to whom it hears first, so that both sockets
 * count identifications for themselves. When it is killed, the next line draws an ICMP error.
 */
import { scenario, SocketError } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';

const SERVER = { address: '127.0.0.1', port: 8000 };

export default scenario(
  'linux/udp/nc-u',
  { summary: 'nc -u on loopback, and a port that closes', start: '2026-01-01T04:15:47Z' },
  ({ network, at, check }) => {
    const host = loneHost(network);

    host.run('nc', async (process) => {
      const socket = process.socket('datagram');
      socket.bind(SERVER.port, SERVER.address);
      socket.connect((await socket.recv()).from);
      await process.sleepUntil(at('04:15:47.657157'));
      socket.send('hi\n');
      check((await socket.recv()).text === 'bye\n', 'bye');
      await process.sleepUntil(at('04:15:48.257'));
    });

    host.run('nc', async (process) => {
      const socket = process.socket('datagram');
      socket.connect(SERVER);
      await process.sleepUntil(at('04:15:47.356894'));
      socket.send('hello\n');
      check((await socket.recv()).text === 'hi\n', 'hi');
      await process.sleepUntil(at('04:15:47.957339'));
      socket.send('bye\n');
      await process.sleepUntil(at('04:15:48.266981'));
      socket.send('anyone?\n');
      const refused = await socket.recv().catch((error: unknown) => error);
      check(refused instanceof SocketError && refused.code === 'ECONNREFUSED', 'ECONNREFUSED');
    });
  },
);
