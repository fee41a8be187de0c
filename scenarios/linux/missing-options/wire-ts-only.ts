/** A hand-made client: a SYN with timestamps, and neither SACK nor a window scale. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { NOP, segmentSize, timestamps } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-ts-only',
  {
    summary: 'a SYN with timestamps, and neither SACK nor a window scale',
    start: '2026-01-01T04:32:43Z',
  },
  ({ network, at }) => {
    const client = {
      options: [segmentSize(1460), NOP, NOP, timestamps(12_345)],
      synWindow: 32120,
    };
    handMadeClient(network, client, {
      syn: at('04:32:43.694385'),
      ack: at('04:32:43.694562'),
      first: at('04:32:43.895068'),
      second: at('04:32:44.145704'),
      answer: at('04:32:44.396431'),
      reset: at('04:32:44.566910'),
    });
  },
);
