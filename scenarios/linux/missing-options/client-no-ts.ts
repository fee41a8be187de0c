/** Two hosts of which one, the client has no timestamps. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/client-no-ts',
  { summary: 'the client has no timestamps', start: '2026-01-01T04:32:14Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.client.command('sysctl -w net.ipv4.tcp_timestamps=0');
    helloAndPattern(hosts, {
      connect: at('04:32:14.898016'),
      hello: at('04:32:14.898185'),
      answer: at('04:32:14.998655'),
      read: at('04:32:15.098901'),
      close: at('04:32:15.138188'),
      serverCloses: at('04:32:15.138264'),
    });
  },
);
