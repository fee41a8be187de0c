/** A segment is overtaken by three, without SACK: it is sent again for nothing. */
import { data, hold, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/reorder-dup/reorder-by-3-no-sack',
  { summary: 'a segment is late by three where nobody knows SACK', start: '2026-01-01T04:06:06Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [hold(nth(4, data), nth(7, data))] },
    });
    client.command('sysctl -w net.ipv4.tcp_sack=0');
    sends(client, {
      connect: at('04:06:07.244448'),
      send: [[at('04:06:07.729925'), pattern(10 * 1448)]],
      close: at('04:06:08.989393'),
    });
    reads(server, { read: [at('04:06:08.768129')], close: at('04:06:09.139803') });
  },
);
