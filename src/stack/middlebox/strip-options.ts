/**
 * A box that takes TCP options out of passing segments, as some do with what they do not know
 * (Honda et al., "Is it still possible to extend TCP?", 2011). No-operations stand where an option
 * was, so that nothing moves.
 */
import { TcpFlag, TcpOptionKind } from '../../wire/index.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import { changeTcpHeader, optionsOf, tcpHeaderOf } from './tcp-header.ts';

/** Takes options of these kinds out, of SYNs or of all segments. */
export function stripOptions(
  kinds: readonly number[],
  where: 'syns' | 'all-segments' = 'all-segments',
): Middlebox {
  return {
    install({ hooks }): void {
      hooks.add('forward', HookPriority.mangle, (passing) => {
        const header = tcpHeaderOf(passing.packet);
        if (header === undefined) return undefined;
        if (where === 'syns' && (header.flags & TcpFlag.syn) === 0) return undefined;
        const options = optionsOf(passing.frame, header).filter(({ kind }) => kinds.includes(kind));
        if (options.length === 0) return undefined;
        changeTcpHeader(passing, header, (b) => {
          for (const { at, length } of options) b.fill(TcpOptionKind.noOperation, at, at + length);
        });
        return undefined;
      });
    },
  };
}
