/** The same where the server keeps its descriptor: its last ACK has the socket's next IP id. */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';
import { serverFirst } from '../shared/server-first.ts';

export default scenario(
  'linux/lo-server-first/rmem87380-shutdown-instead-of-close',
  { summary: 'loopback: the server shuts down one side', start: '2026-01-01T04:31:30Z' },
  ({ network, at }) => {
    const host = loneHost(network);
    host.command('sysctl -w net.ipv4.tcp_rmem=4096\t87380\t6291456');
    serverFirst(host, {
      connect: at('04:31:30.554648'),
      send: at('04:31:30.554782'),
      shutdown: at('04:31:30.554840'),
      clientCloses: at('04:31:33.075876'),
      serverCloses: at('04:31:33.296533'),
    });
  },
);
