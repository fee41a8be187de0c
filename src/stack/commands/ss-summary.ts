/** `ss -s`: how many sockets there are, by protocol and state. */
import type { Host } from '../host.ts';
import { countSockets } from './socket-counts.ts';

export function summary(host: Host): string {
  const { tcp, udp, raw, established, orphaned, timeWait } = countSockets(host);
  const streams = tcp.AF_INET + tcp.AF_INET6;
  const datagrams = udp.AF_INET + udp.AF_INET6;
  // What is in TIME-WAIT counts as closed, too: no socket stands for it.
  const states = `estab ${established}, closed ${timeWait}, orphaned ${orphaned}, timewait ${timeWait}`;
  return [
    `Total: ${streams + datagrams + raw - orphaned}`,
    `TCP:   ${streams + timeWait} (${states})`,
    '',
    'Transport Total     IP        IPv6',
    row('RAW', raw, 0),
    row('UDP', udp.AF_INET, udp.AF_INET6),
    row('TCP', tcp.AF_INET, tcp.AF_INET6),
    row('INET', raw + udp.AF_INET + tcp.AF_INET, udp.AF_INET6 + tcp.AF_INET6),
    row('FRAG', 0, 0),
    '',
    '',
  ].join('\n');
}

function row(name: string, ipv4: number, ipv6: number): string {
  return `${name}\t  ${[ipv4 + ipv6, ipv4, ipv6].map((count) => String(count).padEnd(9)).join(' ')}`;
}
