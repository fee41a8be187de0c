/** `tc qdisc show`: the queues of interfaces, and with `-s` what they have counted. */
import type { NetworkInterface } from '../interfaces/interface.ts';
import { DEFAULT_QUEUE } from '../interfaces/queue-discipline.ts';
import type { Instant } from '../time.ts';
import type { EgressStatistics } from '../traffic-control/egress.ts';

/** What a queue by which nothing ever waits has counted (Linux noqueue). */
const NOTHING: EgressStatistics = {
  sentPackets: 0,
  sentOctets: 0,
  dropped: 0,
  overlimits: 0,
  waitingPackets: 0,
  waitingOctets: 0,
  details: [],
};

/** The queues of all interfaces, or of one, whose name then goes without saying. */
export function printQueues(
  interfaces: readonly NetworkInterface[],
  only: NetworkInterface | undefined,
  isCounted: boolean,
  now: Instant,
): string {
  const shown = only === undefined ? interfaces : [only];
  return shown
    .flatMap((each) => {
      const { kind, handle, settings } = each.loopback ? DEFAULT_QUEUE : each.queue;
      const device = only === undefined ? ` dev ${each.name}` : '';
      const line = `qdisc ${kind} ${handle.toString(16)}:${device} root refcnt 2 ${settings}`;
      return [line, ...(isCounted ? printStatistics(each, now) : [])];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Packets are never put back here (requeues): a device that is free takes what it is given. */
function printStatistics({ egress }: NetworkInterface, now: Instant): string[] {
  const counted = egress?.statistics(now) ?? NOTHING;
  const { sentOctets, sentPackets, dropped, overlimits, waitingOctets, waitingPackets } = counted;
  const lost = `(dropped ${dropped}, overlimits ${overlimits} requeues 0)`;
  return [
    ` Sent ${sentOctets} bytes ${sentPackets} pkt ${lost} `,
    ` backlog ${waitingOctets}b ${waitingPackets}p requeues 0`,
    ...counted.details.map((line) => `  ${line}`),
  ];
}
