/**
 * The way takes 600 ms longer for a moment: what was sent again comes before the originals, and
 * PAWS then refuses those. The probe for the tail was quicker than any segment before it, so its
 * SACK might be the original's, and says nothing of losses (Linux tcp_rack_advance()).
 */
import { both, data, delay, first, ms, not, scenario, us } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

/** Behind the handshake's two and ten of data. */
const PROBE = 12;

export default scenario(
  'linux/reorder-dup/delay-spike-spurious-rto',
  { summary: 'a spike of delay: the timeout was too early', start: '2026-01-01T04:03:55Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: {
        latency: (index) => (index === PROBE ? FAR - us(10) : FAR),
        faults: [delay(both(first(10, data), not(first(5, data))), ms(600))],
      },
    });
    sends(client, {
      connect: at('04:03:55.538448'),
      send: [
        [at('04:03:55.989506'), pattern(5 * 1448)],
        [at('04:03:56.390189'), pattern(5 * 1448)],
      ],
      close: at('04:03:58.437706'),
    });
    reads(server, {
      read: [at('04:03:56.389807'), at('04:03:58.437663')],
      close: at('04:03:58.587931'),
    });
  },
);
