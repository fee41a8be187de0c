/** The last three of ten segments are lost: the probe's SACK shows that the others are, too. */
import { data, drop, either, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-tail-3',
  {
    summary: 'the last three of ten are lost: tail loss probe, then RACK',
    start: '2026-01-01T04:01:00Z',
  },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(either(nth(8, data), nth(9, data), nth(10, data)))] },
    });
    sends(client, {
      connect: at('04:01:01.412090'),
      send: [[at('04:01:01.863337'), pattern(10 * 1448)]],
      close: at('04:01:03.836871'),
    });
    reads(server, { read: [at('04:01:03.636719')], close: at('04:01:03.987248') });
  },
);
