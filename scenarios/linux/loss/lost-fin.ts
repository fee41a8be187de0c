/** A FIN is lost: it is probed for like any tail. */
import { drop, fin, nth, scenario } from 'tcpetri';
import { FAR, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-fin',
  { summary: 'a FIN is lost, and repeated by the tail loss probe', start: '2026-01-01T04:02:15Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(nth(1, fin))] },
    });
    sends(client, {
      connect: at('04:02:16.993456'),
      send: [[at('04:02:17.444181'), 'bye\n']],
      close: at('04:02:17.757489'),
    });
    reads(server, { read: [at('04:02:17.757405')], close: at('04:02:19.335413') });
  },
);
