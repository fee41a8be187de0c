/** Two hosts of which one, the server has no window scale. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/server-no-wscale',
  { summary: 'the server has no window scale', start: '2026-01-01T04:32:22Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.server.command('sysctl -w net.ipv4.tcp_window_scaling=0');
    helloAndPattern(hosts, {
      connect: at('04:32:22.529795'),
      hello: at('04:32:22.529922'),
      answer: at('04:32:22.630429'),
      read: at('04:32:22.730721'),
      close: at('04:32:22.768410'),
      serverCloses: at('04:32:22.768484'),
    });
  },
);
