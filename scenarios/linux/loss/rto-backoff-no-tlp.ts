/** A path goes dark for five seconds; without probes for the tail only the timer is left. */
import { data, drop, either, nth, scenario } from 'tcpetri';
import { FAR, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

export default scenario(
  'linux/loss/rto-backoff-no-tlp',
  { summary: 'a hole of 5 s: retransmission timeouts back off', start: '2026-01-01T04:01:48Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: FAR,
      toServer: { faults: [drop(either(...[2, 3, 4, 5, 6].map((number) => nth(number, data))))] },
    });
    client.command('sysctl -w net.ipv4.tcp_early_retrans=0');
    sends(client, {
      connect: at('04:01:49.237046'),
      send: [
        [at('04:01:49.705402'), 'one\n'],
        [at('04:01:50.083976'), 'two\n'],
        [at('04:01:55.714115'), 'three\n'],
      ],
      close: at('04:02:00.745326'),
    });
    reads(server, {
      read: [at('04:01:50.083756'), at('04:02:00.445153')],
      close: at('04:02:00.899638'),
    });
  },
);
