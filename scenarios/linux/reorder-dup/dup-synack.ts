/** A SYN-ACK arrives twice, 20 ms apart: the second one is acknowledged, too. */
import { duplicate, ms, nth, scenario, syn } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/reorder-dup/dup-synack',
  { summary: 'a SYN-ACK arrives twice', start: '2026-01-01T04:03:46Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toClient: { faults: [duplicate(nth(1, syn), ms(20))] },
    });
    sends(client, {
      connect: at('04:03:47.338322'),
      send: [[at('04:03:47.789119'), pattern(100)]],
      close: at('04:03:48.937325'),
    });
    reads(server, { read: [at('04:03:48.737126')], close: at('04:03:49.087710') });
  },
);
