/** The SYN-ACK is lost: the SYN comes again after a second, and draws it once more. */
import { drop, nth, scenario, syn } from 'tcpetri';
import { FAR, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-synack',
  { summary: 'the SYN-ACK is lost, and asked for again', start: '2026-01-01T03:59:39Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toClient: { faults: [drop(nth(1, syn))] },
    });
    sends(client, {
      connect: at('03:59:39.998893'),
      send: [[at('03:59:41.593785'), 'hello\n']],
      close: at('03:59:41.897662'),
    });
    reads(server, { read: [at('03:59:41.897513')], close: at('03:59:42.085368') });
  },
);
