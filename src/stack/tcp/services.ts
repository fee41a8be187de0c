/** What a connection asks of its host. */
import type { Choices } from '../choices.ts';
import type { HostClock } from '../clock.ts';
import type { Ipv4 } from '../ip.ts';
import type { HostProfile, TcpProfile } from '../profile.ts';
import type { Trace } from '../trace.ts';
import type { Tcb } from './tcb.ts';

export interface TcpServices {
  readonly host: HostProfile;
  readonly profile: TcpProfile;
  readonly clock: HostClock;
  readonly choices: Choices;
  readonly ip: Ipv4;
  readonly trace: Trace | undefined;
  /** Sees to it that the connection's earliest timer is kept. */
  schedule(tcb: Tcb): void;
  /** The connection is CLOSED: takes it out of every table. */
  forget(tcb: Tcb): void;
}
