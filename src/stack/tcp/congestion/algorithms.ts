/** The congestion controls that there are, by their names. */
import type { CongestionAlgorithm, CubicProfile } from './congestion-profile.ts';
import type { CongestionControl } from './congestion-control.ts';
import { Bbr } from './bbr.ts';
import { Cubic } from './cubic.ts';
import { Dctcp } from './dctcp.ts';
import { NoControl } from './no-control.ts';
import { Reno } from './reno.ts';

/**
 * A fresh congestion control for one connection.
 *
 * @param cubic the host's parameters of CUBIC
 * @param hasEcn both ends have agreed on ECN
 * @param seed what stands for chance: another number for each connection
 * @param extraAdditive what Reno adds beside (`KnownProblems`)
 */
export function congestionControl(
  name: CongestionAlgorithm,
  cubic: CubicProfile,
  hasEcn: boolean,
  seed: number,
  extraAdditive = 0,
): CongestionControl {
  switch (name) {
    case 'bbr':
      return new Bbr(seed);
    case 'cubic':
      return new Cubic(cubic);
    case 'dctcp':
      return hasEcn ? new Dctcp() : new Reno(); // without marks it would only halve (Linux)
    case 'none':
      return new NoControl();
    case 'reno':
      return new Reno(extraAdditive);
  }
}

/** Whether it works by marks: it wants every packet to be ECT (RFC 8257 §3.1). */
export function needsEcn(name: CongestionAlgorithm): boolean {
  return name === 'dctcp';
}
