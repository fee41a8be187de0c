/** Two hosts of which one, the client has no window scale. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/client-no-wscale',
  { summary: 'the client has no window scale', start: '2026-01-01T04:32:20Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_window_scaling=0');
    helloAndPattern(hosts, {
      connect: at('04:32:20.981628'),
      hello: at('04:32:20.981769'),
      answer: at('04:32:21.082198'),
      read: at('04:32:21.182489'),
      close: at('04:32:21.230677'),
      serverCloses: at('04:32:21.230747'),
    });
  },
);
