/** Two hosts of which one, the client has neither timestamps nor SACK. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/no-ts-no-sack',
  { summary: 'the client has neither timestamps nor SACK', start: '2026-01-01T04:32:25Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_sack=0');
    hosts.client.command('sysctl -w net.ipv4.tcp_timestamps=0');
    helloAndPattern(hosts, {
      connect: at('04:32:25.621602'),
      hello: at('04:32:25.621741'),
      answer: at('04:32:25.722241'),
      read: at('04:32:25.822514'),
      close: at('04:32:25.861071'),
      serverCloses: at('04:32:25.861137'),
    });
  },
);
