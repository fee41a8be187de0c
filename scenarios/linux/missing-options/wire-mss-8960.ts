/** A hand-made client: a SYN with jumbo segments and a scale beyond what counts. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { END, NOP, SACK_PERMITTED, segmentSize, windowScale } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-mss-8960',
  {
    summary: 'a SYN with jumbo segments and a scale beyond what counts',
    start: '2026-01-01T04:32:41Z',
  },
  ({ network, at }) => {
    const client = {
      options: [segmentSize(8960), SACK_PERMITTED, NOP, windowScale(15), END],
      synWindow: 64000,
    };
    handMadeClient(network, client, {
      syn: at('04:32:41.470510'),
      ack: at('04:32:41.470645'),
      first: at('04:32:41.671059'),
      second: at('04:32:41.921740'),
      answer: at('04:32:42.172522'),
      reset: at('04:32:42.349432'),
    });
  },
);
