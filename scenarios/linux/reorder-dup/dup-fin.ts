/** A FIN arrives twice, 20 ms apart: the second one ends the wait for an acknowledgment. */
import { duplicate, fin, ms, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/reorder-dup/dup-fin',
  { summary: 'a FIN arrives twice', start: '2026-01-01T04:03:51Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [duplicate(nth(1, fin), ms(20))] },
    });
    sends(client, {
      connect: at('04:03:51.877708'),
      send: [[at('04:03:52.328541'), pattern(100)]],
      close: at('04:03:53.472749'),
    });
    reads(server, { read: [at('04:03:53.272580')], close: at('04:03:53.623033') });
  },
);
