/** Three of thirty segments are lost: the holes are filled one by one, as others are delivered. */
import { data, drop, either, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-three-spread',
  {
    summary: 'three of thirty segments are lost: proportional rate reduction',
    start: '2026-01-01T04:00:19Z',
  },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(either(nth(12, data), nth(15, data), nth(19, data)))] },
    });
    sends(client, {
      connect: at('04:00:20.410280'),
      send: [[at('04:00:20.886784'), pattern(30 * 1448)]],
      close: at('04:00:22.713350'),
    });
    reads(server, { read: [at('04:00:22.498262')], close: at('04:00:22.863731') });
  },
);
