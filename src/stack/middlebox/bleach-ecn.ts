/**
 * A box that clears the ECN field of passing packets, as some routers do that still take the octet
 * for the type of service (RFC 3168 §18, RFC 9768 §3.2.2.3): ECT and CE arrive as Not-ECT.
 */
import { Ipv4Packet, put16, u16 } from '../../wire/index.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import { carryOn } from './rewrite.ts';

const ECN_MASK = 3;
/** How far the field is from the end of the header's first two octets: IPv6 has a label behind. */
const SHIFT_OF_IPV6 = 4;

/** A box that clears the ECN field of what passes. */
export function bleachEcn(): Middlebox {
  return {
    install({ hooks }): void {
      hooks.add('forward', HookPriority.mangle, (passing) => {
        const { packet } = passing;
        const { tos, start } = packet;
        if ((tos & ECN_MASK) === 0) return undefined;
        const b = passing.own();
        const old = u16(b, start);
        const isVersion4 = packet instanceof Ipv4Packet;
        const bleached = old & ~(isVersion4 ? ECN_MASK : ECN_MASK << SHIFT_OF_IPV6);
        put16(b, start, bleached);
        if (isVersion4) carryOn(b, start + 10, old, bleached);
        passing.changed();
        return undefined;
      });
    },
  };
}
