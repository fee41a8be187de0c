/** Two hosts of which one, the client has neither SACK nor window scale. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/no-sack-no-ws',
  { summary: 'the client has neither SACK nor window scale', start: '2026-01-01T04:32:27Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_sack=0');
    hosts.client.command('sysctl -w net.ipv4.tcp_window_scaling=0');
    helloAndPattern(hosts, {
      connect: at('04:32:27.221937'),
      hello: at('04:32:27.222081'),
      answer: at('04:32:27.322590'),
      read: at('04:32:27.422938'),
      close: at('04:32:27.461482'),
      serverCloses: at('04:32:27.461554'),
    });
  },
);
