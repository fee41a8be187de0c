/** A segment is overtaken by two: two SACKs, and nothing is sent again. */
import { data, hold, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/reorder-dup/reorder-by-2',
  { summary: 'a segment is late by two', start: '2026-01-01T04:05:47Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [hold(nth(4, data), nth(6, data))] },
    });
    sends(client, {
      connect: at('04:05:48.026854'),
      send: [[at('04:05:48.479177'), pattern(10 * 1448)]],
      close: at('04:05:49.862558'),
    });
    reads(server, { read: [at('04:05:49.662411')], close: at('04:05:50.012954') });
  },
);
