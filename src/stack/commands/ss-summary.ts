/** `ss -s`: how many sockets there are, by protocol and state (Linux /proc/net/sockstat). */
import type { Host } from '../host.ts';
import { TimeWaitRecord } from '../tcp/time-wait/record.ts';
import { hasSocket } from './connections.ts';

export function summary({ tcp, udp }: Host): string {
  const connections = tcp.connections();
  const timeWaits = connections.filter(
    (one) => one instanceof TimeWaitRecord || one.state === 'TIME-WAIT',
  );
  const sockets = connections.filter(hasSocket);
  const established = sockets.filter((tcb) => /^(?:ESTABLISHED|CLOSE-WAIT)$/.test(tcb.state));
  const orphans = sockets.filter((tcb) => tcb.orphaned);
  const inUse = sockets.length + tcp.listeners.values().length;
  const datagram = [...udp.sockets()].length;
  // What is in TIME-WAIT counts as closed, too: no socket stands for it.
  const states =
    `estab ${established.length}, closed ${timeWaits.length}, ` +
    `orphaned ${orphans.length}, timewait ${timeWaits.length}`;
  return [
    `Total: ${inUse + datagram - orphans.length}`,
    `TCP:   ${inUse + timeWaits.length} (${states})`,
    '',
    'Transport Total     IP        IPv6',
    row('RAW', 0),
    row('UDP', datagram),
    row('TCP', inUse),
    row('INET', datagram + inUse),
    row('FRAG', 0),
    '',
    '',
  ].join('\n');
}

function row(name: string, count: number): string {
  return `${name}\t  ${[count, count, 0].map((number) => String(number).padEnd(9)).join(' ')}`;
}
