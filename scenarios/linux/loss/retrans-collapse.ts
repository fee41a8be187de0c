/** Three short writes are lost: the timeout sends them as one segment. */
import { data, drop, either, nth, scenario } from 'tcpetri';
import { FAR, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/retrans-collapse',
  { summary: 'three short segments are lost, and repeated as one', start: '2026-01-01T04:35:13Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(either(...[2, 3, 4, 5].map((number) => nth(number, data))))] },
    });
    sends(client, {
      isNodelay: true,
      connect: at('04:35:14.170657'),
      send: [
        [at('04:35:14.621681'), 'start\n'],
        [at('04:35:14.923671'), 'aaaa'],
        [at('04:35:14.929086'), 'bbbb'],
        [at('04:35:14.934515'), 'cccc'],
      ],
      close: at('04:35:16.632695'),
    });
    reads(server, {
      read: [at('04:35:14.923473'), at('04:35:16.632627')],
      close: at('04:35:16.783040'),
    });
  },
);
