/**
 * A box that clears the ECN field of passing packets, as some routers do that still take the octet
 * for the type of service (RFC 3168 §18, RFC 9768 §3.2.2.3): ECT and CE arrive as Not-ECT.
 */
import { put16, u16 } from '../../wire/index.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import { carryOn } from './rewrite.ts';

const ECN_MASK = 3;

export function bleachEcn(): Middlebox {
  return {
    install({ hooks }): void {
      hooks.add('forward', HookPriority.mangle, (passing) => {
        const { tos, start } = passing.packet;
        if ((tos & ECN_MASK) === 0) return undefined;
        const b = passing.own();
        const old = u16(b, start);
        put16(b, start, old & ~ECN_MASK);
        carryOn(b, start + 10, old, old & ~ECN_MASK);
        passing.changed();
        return undefined;
      });
    },
  };
}
