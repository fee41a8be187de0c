/** A hand-made client: Windows 7's SYN, which Linux answers without timestamps. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { NOP, SACK_PERMITTED, segmentSize, windowScale } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-windows7',
  {
    summary: "Windows 7's SYN, which Linux answers without timestamps",
    start: '2026-01-01T04:32:30Z',
  },
  ({ network, at }) => {
    const client = {
      options: [segmentSize(1460), NOP, windowScale(8), NOP, NOP, SACK_PERMITTED],
      synWindow: 8192,
      ttl: 128,
    };
    handMadeClient(network, client, {
      syn: at('04:32:30.246765'),
      ack: at('04:32:30.246931'),
      first: at('04:32:30.447332'),
      second: at('04:32:30.698053'),
      answer: at('04:32:30.948926'),
      reset: at('04:32:31.124961'),
    });
  },
);
