/** Two hosts of which one, the server has no SACK. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/server-no-sack',
  { summary: 'the server has no SACK', start: '2026-01-01T04:32:19Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.server.command('sysctl -w net.ipv4.tcp_sack=0');
    helloAndPattern(hosts, {
      connect: at('04:32:19.477746'),
      hello: at('04:32:19.477875'),
      answer: at('04:32:19.578455'),
      read: at('04:32:19.678767'),
      close: at('04:32:19.718061'),
      serverCloses: at('04:32:19.718107'),
    });
  },
);
