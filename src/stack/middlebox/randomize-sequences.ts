/**
 * A box that gives connections new initial sequence numbers, to protect hosts whose own could be
 * guessed (RFC 6528 §2). Where it forgets the SACK blocks, they speak of numbers that their
 * receiver never sent, and losses are repaired as if there were no SACK.
 */
import { TcpFlag } from '../../wire/index.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import { tcpHeaderOf } from './tcp-header.ts';

/**
 * A box that renumbers connections.
 *
 * @param sack whether SACK blocks are renumbered, too, or forgotten
 */
export function randomizeSequences(sack: 'translated' | 'forgotten' = 'translated'): Middlebox {
  return {
    install(host): void {
      const translatesSack = sack === 'translated';
      host.tracker.hooks.add('forward', HookPriority.mangle, ({ packet, flow, state }) => {
        if (flow === undefined || state !== 'new' || flow.isConfirmed) return undefined;
        if (((tcpHeaderOf(packet)?.flags ?? 0) & TcpFlag.syn) === 0) return undefined;
        const [original, reply] = [host.choices.chance(), host.choices.chance()];
        flow.shift = { original, reply, translatesSack };
        return undefined;
      });
    },
  };
}
