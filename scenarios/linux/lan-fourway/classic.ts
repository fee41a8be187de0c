/** A real kernel's Ethernet: lines each way, and a close in four segments, the client's first. */
import { scenario } from 'tcpetri';
import { twoHosts } from '../shared/lab.ts';
import { lineEachWay } from '../shared/line-each-way.ts';

export default scenario(
  'linux/lan-fourway/classic',
  { summary: 'Ethernet: data both ways, closed in four segments', start: '2026-01-01T04:31:57Z' },
  ({ network, at }) => {
    lineEachWay(twoHosts(network), {
      connect: at('04:31:57.829589'),
      first: at('04:31:58.073558'),
      answer: at('04:31:58.373883'),
      second: at('04:31:58.675931'),
      secondRead: at('04:31:58.976083'),
      clientCloses: at('04:31:59.019752'),
      serverCloses: at('04:31:59.758816'),
    });
  },
);
