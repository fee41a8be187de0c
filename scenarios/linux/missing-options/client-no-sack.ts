/** Two hosts of which one, the client has no SACK. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/client-no-sack',
  { summary: 'the client has no SACK', start: '2026-01-01T04:32:17Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_sack=0');
    helloAndPattern(hosts, {
      connect: at('04:32:17.945824'),
      hello: at('04:32:17.945961'),
      answer: at('04:32:18.046469'),
      read: at('04:32:18.146761'),
      close: at('04:32:18.185333'),
      serverCloses: at('04:32:18.185412'),
    });
  },
);
