/** Two hosts of which one, the client has neither timestamps nor window scale. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/no-ts-no-ws',
  { summary: 'the client has neither timestamps nor window scale', start: '2026-01-01T04:32:28Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_timestamps=0');
    hosts.client.command('sysctl -w net.ipv4.tcp_window_scaling=0');
    helloAndPattern(hosts, {
      connect: at('04:32:28.753917'),
      hello: at('04:32:28.754056'),
      answer: at('04:32:28.854505'),
      read: at('04:32:28.954810'),
      close: at('04:32:29.002192'),
      serverCloses: at('04:32:29.002263'),
    });
  },
);
