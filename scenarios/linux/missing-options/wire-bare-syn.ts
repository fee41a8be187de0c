/** A hand-made client: a SYN without options to a server whose peer has room for 256 octets. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';

export default scenario(
  'linux/missing-options/wire-bare-syn',
  {
    summary: 'a SYN without options to a server whose peer has room for 256 octets',
    start: '2026-01-01T04:32:36Z',
  },
  ({ network, at }) => {
    const client = {
      options: [],
      synWindow: 5840,
    };
    handMadeClient(network, client, {
      syn: at('04:32:36.986416'),
      ack: at('04:32:36.986580'),
      first: at('04:32:37.186959'),
      second: at('04:32:37.437583'),
      answer: at('04:32:37.688514'),
      reset: at('04:32:37.864818'),
    });
  },
);
