/** A real kernel's path that loses what is long, and nobody says so: timeouts back off for good. */
import { drop, scenario, us } from 'tcpetri';
import { pattern, twoHosts } from '../shared/lab.ts';
import { reads, sends } from '../shared/one-way.ts';

/** The longest frame that passes. */
const LONGEST = 1414;

export default scenario(
  'linux/icmp-pmtu/pmtu-blackhole-probing0',
  { summary: 'a router drops long packets and says nothing', start: '2026-01-01T04:15:23Z' },
  ({ network, at }) => {
    const { client, server } = twoHosts(network, {
      at,
      delay: us(10_080),
      toServer: { faults: [drop(({ bytes }) => bytes.length > LONGEST)] },
    });
    sends(client, {
      connect: at('04:15:23.798352'),
      send: [[at('04:15:23.828959'), pattern(4000)]],
      close: at('04:15:32.896852'),
    });
    reads(server, { read: [], close: at('04:15:32.896906') });
  },
);
