/** A real kernel's Ethernet: the same where the server closes first. */
import { scenario } from 'tcpetri';
import { twoHosts } from '../shared/lab.ts';
import { lineEachWay } from '../shared/line-each-way.ts';

export default scenario(
  'linux/lan-fourway/server-closes-first',
  { summary: 'the same, and the server closes first', start: '2026-01-01T04:32:04Z' },
  ({ network, at }) => {
    lineEachWay(twoHosts(network), {
      connect: at('04:32:04.960772'),
      first: at('04:32:05.207005'),
      answer: at('04:32:05.507362'),
      second: at('04:32:05.807665'),
      secondRead: at('04:32:06.107914'),
      serverCloses: at('04:32:06.153073'),
      clientCloses: at('04:32:06.899068'),
    });
  },
);
