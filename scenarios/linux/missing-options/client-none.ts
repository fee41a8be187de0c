/** Two hosts of which one, the client has neither timestamps, SACK nor window scale. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/client-none',
  {
    summary: 'the client has neither timestamps, SACK nor window scale',
    start: '2026-01-01T04:32:24Z',
  },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_window_scaling=0');
    hosts.client.command('sysctl -w net.ipv4.tcp_sack=0');
    hosts.client.command('sysctl -w net.ipv4.tcp_timestamps=0');
    helloAndPattern(hosts, {
      connect: at('04:32:24.065876'),
      hello: at('04:32:24.066054'),
      answer: at('04:32:24.166607'),
      read: at('04:32:24.266881'),
      close: at('04:32:24.307396'),
      serverCloses: at('04:32:24.307474'),
    });
  },
);
