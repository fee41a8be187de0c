/** Ephemeral ports: the search for a free one (RFC 6056 §3.3). */
import type { Choices, PortChoice, PortParity } from '../choices.ts';
import type { CommonProfile } from '../profile.ts';

/**
 * A free port of the host's range that is not reserved, or nothing when all are taken. The search
 * begins where the host chooses and goes up, around the end; Linux takes even ports for `connect`
 * first, odd ones for `bind(0)`.
 */
export function findEphemeralPort(
  choices: Choices,
  host: Pick<CommonProfile, 'ephemeralPorts' | 'reservedPorts'>,
  choice: PortChoice,
  parity: PortParity,
  isUnused: (port: number) => boolean,
): number | undefined {
  const { reservedPorts } = host;
  const [first, last] = host.ephemeralPorts;
  const count = last - first + 1;
  const start = choices.ephemeralPort(first, last, choice, parity);
  if (!isReserved(reservedPorts, start) && isUnused(start)) return start;
  for (const wanted of PASSES[choice][parity]) {
    for (let step = 0; step < count; step++) {
      const port = first + ((start - first + step) % count);
      if (wanted !== 'any' && (port % 2 === 0) !== (wanted === 'even')) continue;
      if (!isReserved(reservedPorts, port) && isUnused(port)) return port;
    }
  }
  return undefined;
}

const ONE_PASS = { even: ['any'], odd: ['any'] } as const;

/** Which ports are tried in one pass over the range after the other. */
const PASSES = {
  parity: { even: ['even', 'odd'], odd: ['odd', 'even'] },
  random: ONE_PASS,
  sequential: ONE_PASS,
} as const;

function isReserved(reserved: CommonProfile['reservedPorts'], port: number): boolean {
  return reserved.some(([least, most]) => port >= least && port <= most);
}
