/** A hand-made client: a SYN with an MSS of 100 octets. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';
import { segmentSize } from '../shared/wire.ts';

export default scenario(
  'linux/missing-options/wire-mss-only-100',
  { summary: 'a SYN with an MSS of 100 octets', start: '2026-01-01T04:32:39Z' },
  ({ network, at }) => {
    const client = {
      options: [segmentSize(100)],
      synWindow: 5840,
    };
    handMadeClient(network, client, {
      syn: at('04:32:39.247006'),
      ack: at('04:32:39.247173'),
      first: at('04:32:39.447567'),
      second: at('04:32:39.698301'),
      answer: at('04:32:39.949046'),
      reset: at('04:32:40.120868'),
    });
  },
);
