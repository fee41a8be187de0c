/** A hand-made client: macOS's SYN: the same options in an order of its own. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { END, NOP, SACK_PERMITTED, segmentSize, timestamps, windowScale } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-macos',
  {
    summary: "macOS's SYN: the same options in an order of its own",
    start: '2026-01-01T04:32:45Z',
  },
  ({ network, at }) => {
    const client = {
      options: [
        segmentSize(1460),
        NOP,
        windowScale(6),
        NOP,
        NOP,
        timestamps(12_345),
        SACK_PERMITTED,
        END,
      ],
      synWindow: 65535,
    };
    handMadeClient(network, client, {
      syn: at('04:32:45.938353'),
      ack: at('04:32:45.938495'),
      first: at('04:32:46.138946'),
      second: at('04:32:46.389678'),
      answer: at('04:32:46.640450'),
      reset: at('04:32:46.816815'),
    });
  },
);
