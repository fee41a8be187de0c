/** The same with the receive buffer that kernels before 4.20 had: windows of 43690 octets. */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';
import { serverFirst } from '../shared/server-first.ts';

export default scenario(
  'linux/lo-server-first/rmem87380',
  { summary: 'loopback: the same with a smaller buffer', start: '2026-01-01T04:31:26Z' },
  ({ network, at }) => {
    const host = loneHost(network);
    host.command('sysctl -w net.ipv4.tcp_rmem=4096\t87380\t6291456');
    serverFirst(host, {
      connect: at('04:31:26.682509'),
      send: at('04:31:26.682664'),
      serverCloses: at('04:31:26.682739'),
      clientCloses: at('04:31:29.208649'),
    });
  },
);
