/** The same loss without SACK: three duplicate ACKs, and NewReno. */
import { data, drop, nth, scenario } from 'tcpetri';
import { FAR, pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/lost-one-no-sack',
  { summary: 'one of thirty is lost where nobody knows SACK', start: '2026-01-01T04:00:35Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(nth(13, data))] },
    });
    client.command('sysctl -w net.ipv4.tcp_sack=0');
    sends(client, {
      connect: at('04:00:36.496979'),
      send: [[at('04:00:36.964827'), pattern(30 * 1448)]],
      close: at('04:00:38.745544'),
    });
    reads(server, { read: [at('04:00:38.520132')], close: at('04:00:38.926998') });
  },
);
