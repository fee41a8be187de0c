/** One of thirty segments is lost: the third SACK has it sent again at once. */
import { data, drop, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-one-of-thirty',
  { summary: 'one of thirty segments is lost: fast retransmit', start: '2026-01-01T04:00:11Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(nth(13, data))] },
    });
    sends(client, {
      connect: at('04:00:12.512500'),
      send: [[at('04:00:12.964559'), pattern(30 * 1448)]],
      close: at('04:00:14.677588'),
    });
    reads(server, { read: [at('04:00:14.468871')], close: at('04:00:14.827941') });
  },
);
