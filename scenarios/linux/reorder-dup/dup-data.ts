/** A segment arrives twice: D-SACK tells of the second one. */
import { data, duplicate, ms, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/reorder-dup/dup-data',
  { summary: 'a segment arrives twice: D-SACK', start: '2026-01-01T04:03:32Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [duplicate(nth(5, data), ms(1))] },
    });
    sends(client, {
      connect: at('04:03:32.654843'),
      send: [[at('04:03:33.106275'), pattern(10 * 1448)]],
      close: at('04:03:34.248341'),
    });
    reads(server, { read: [at('04:03:34.048164')], close: at('04:03:34.398743') });
  },
);
