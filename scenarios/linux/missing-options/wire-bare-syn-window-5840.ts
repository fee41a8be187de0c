/** A hand-made client: a SYN without options: segments of 536 octets. */
import { scenario } from 'tcpetri';
import { handMadeClient } from '../shared/hand-made-client.ts';

export default scenario(
  'linux/missing-options/wire-bare-syn-window-5840',
  { summary: 'a SYN without options: segments of 536 octets', start: '2026-01-01T04:45:31Z' },
  ({ network, at }) => {
    const client = {
      options: [],
      synWindow: 5840,
      window: 5840,
    };
    handMadeClient(network, client, {
      syn: at('04:45:31.802671'),
      ack: at('04:45:31.802907'),
      first: at('04:45:32.003402'),
      second: at('04:45:32.254124'),
      answer: at('04:45:32.504883'),
      reset: at('04:45:32.682557'),
    });
  },
);
