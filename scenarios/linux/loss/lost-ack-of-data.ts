/** Three ACKs are lost: nobody minds, as later ones say the same and more. */
import { drop, first, pureAck, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-ack-of-data',
  { summary: 'ACKs are lost, and nothing is repeated', start: '2026-01-01T04:01:15Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toClient: { faults: [drop(first(3, pureAck))] },
    });
    sends(client, {
      connect: at('04:01:16.264452'),
      send: [[at('04:01:16.715774'), pattern(10 * 1448)]],
      close: at('04:01:18.057521'),
    });
    reads(server, { read: [at('04:01:17.773973')], close: at('04:01:18.213402') });
  },
);
