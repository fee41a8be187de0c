/** A real kernel's Ethernet by Linux 6.18's own settings: a larger scale. */
import { scenario } from 'tcpetri';
import { NATIVE, twoHosts } from '../shared/lab.ts';
import { lineEachWay } from '../shared/line-each-way.ts';

export default scenario(
  'linux/lan-fourway/native-6.18',
  { summary: 'the same by the settings of Linux 6.18', start: '2026-01-01T04:32:01Z' },
  ({ network, at }) => {
    lineEachWay(twoHosts(network, { profile: NATIVE }), {
      connect: at('04:32:01.383725'),
      first: at('04:32:01.630654'),
      answer: at('04:32:01.930994'),
      second: at('04:32:02.231355'),
      secondRead: at('04:32:02.531537'),
      clientCloses: at('04:32:02.574159'),
      serverCloses: at('04:32:03.319414'),
    });
  },
);
