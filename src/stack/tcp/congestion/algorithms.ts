/** The congestion controls that there are, by their names. */
import type { CongestionAlgorithm } from '../../profile.ts';
import type { CongestionControl } from './congestion-control.ts';
import { Cubic } from './cubic.ts';
import { Dctcp } from './dctcp.ts';
import { Reno } from './reno.ts';

/** A fresh congestion control for one connection; `hasEcn`: both ends have agreed on ECN. */
export function congestionControl(name: CongestionAlgorithm, hasEcn: boolean): CongestionControl {
  switch (name) {
    case 'cubic':
      return new Cubic();
    case 'dctcp':
      return hasEcn ? new Dctcp() : new Reno(); // without marks it would only halve (Linux)
    case 'reno':
      return new Reno();
  }
}

/** Whether it works by marks: it wants every packet to be ECT (RFC 8257 §3.1). */
export function needsEcn(name: CongestionAlgorithm): boolean {
  return name === 'dctcp';
}
