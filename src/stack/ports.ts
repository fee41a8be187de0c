/** Ephemeral ports: the search for a free one (RFC 6056 §3.3). */
import type { Choices, PortParity } from './choices.ts';
import type { HostProfile } from './profile.ts';

/**
 * A free port of the host's range that is not reserved, or nothing when all are taken. The search
 * begins where the host chooses and goes up, around the end; Linux takes even ports for `connect`
 * first, odd ones for `bind(0)`.
 */
export function findEphemeralPort(
  choices: Choices,
  { ephemeralPorts, reservedPorts }: Pick<HostProfile, 'ephemeralPorts' | 'reservedPorts'>,
  parity: PortParity,
  isUnused: (port: number) => boolean,
): number | undefined {
  const [first, last] = ephemeralPorts;
  const count = last - first + 1;
  const start = choices.ephemeralPort(first, last, parity);
  if (!isReserved(reservedPorts, start) && isUnused(start)) return start;
  for (const wanted of [parity, parity === 'even' ? 'odd' : 'even']) {
    for (let step = 0; step < count; step++) {
      const port = first + ((start - first + step) % count);
      if ((port % 2 === 0) !== (wanted === 'even')) continue;
      if (!isReserved(reservedPorts, port) && isUnused(port)) return port;
    }
  }
  return undefined;
}

function isReserved(reserved: HostProfile['reservedPorts'], port: number): boolean {
  return reserved.some(([least, most]) => port >= least && port <= most);
}
