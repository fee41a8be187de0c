/** Two hosts of which one, the server has no timestamps. */
import { scenario } from 'tcpetri';
import { helloAndPattern } from '../shared/hello-and-pattern.ts';
import { twoHosts } from '../shared/lab.ts';

export default scenario(
  'linux/missing-options/server-no-ts',
  { summary: 'the server has no timestamps', start: '2026-01-01T04:32:16Z' },
  ({ network, at }) => {
    const hosts = twoHosts(network);
    hosts.server.command('sysctl -w net.ipv4.tcp_timestamps=0');
    helloAndPattern(hosts, {
      connect: at('04:32:16.409973'),
      hello: at('04:32:16.410124'),
      answer: at('04:32:16.510637'),
      read: at('04:32:16.610947'),
      close: at('04:32:16.654367'),
      serverCloses: at('04:32:16.654441'),
    });
  },
);
