/** A hand-made client: Windows 10's SYN: the same options, a larger window. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { NOP, SACK_PERMITTED, segmentSize, windowScale } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-windows10',
  { summary: "Windows 10's SYN: the same options, a larger window", start: '2026-01-01T04:32:32Z' },
  ({ network, at }) => {
    const client = {
      options: [segmentSize(1460), NOP, windowScale(8), NOP, NOP, SACK_PERMITTED],
      synWindow: 64240,
      ttl: 128,
    };
    handMadeClient(network, client, {
      syn: at('04:32:32.510240'),
      ack: at('04:32:32.510390'),
      first: at('04:32:32.710817'),
      second: at('04:32:32.961518'),
      answer: at('04:32:33.212288'),
      reset: at('04:32:33.386460'),
    });
  },
);
