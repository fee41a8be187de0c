/** The congestion controls that there are, by their names. */
import type { CongestionAlgorithm } from '../../profile.ts';
import type { CongestionControl } from './congestion-control.ts';
import { Cubic } from './cubic.ts';
import { Reno } from './reno.ts';

/** A fresh congestion control for one connection. */
export function congestionControl(name: CongestionAlgorithm): CongestionControl {
  return name === 'cubic' ? new Cubic() : new Reno();
}
