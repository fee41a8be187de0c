/** A real kernel's loopback: the server closes first, and its FIN is acknowledged 42 ms later. */
import { scenario } from 'tcpetri';
import { loneHost } from '../shared/lab.ts';
import { serverFirst } from '../shared/server-first.ts';

export default scenario(
  'linux/lo-server-first/modern',
  { summary: 'loopback: the server says the time and closes', start: '2026-01-01T04:31:22Z' },
  ({ network, at }) => {
    serverFirst(loneHost(network), {
      connect: at('04:31:22.770387'),
      send: at('04:31:22.770570'),
      serverCloses: at('04:31:22.770620'),
      clientCloses: at('04:31:25.290711'),
    });
  },
);
