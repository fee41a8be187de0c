/** The parameters of Linux's CUBIC: `/sys/module/tcp_cubic/parameters/*`. */
import type { CubicProfile } from '../tcp/congestion/congestion-profile.ts';
import { us } from '../time.ts';
import { type BoundSysctl, INT_MAXIMUM, numberField, type Sysctl } from './sysctl.ts';

/** There is no name with dots for them. */
function cubicField(name: string, most: number, field: keyof CubicProfile, unit = 1): BoundSysctl {
  return numberField(
    `/sys/module/tcp_cubic/parameters/${name}`,
    0,
    most,
    ({ tcp }) => tcp.congestion.cubic[field] / unit,
    ({ tcp }, value) => {
      tcp.congestion.cubic[field] = value * unit;
    },
  );
}

export const CUBIC_SYSCTLS: readonly Sysctl[] = [
  cubicField('beta', 1023, 'beta'),
  cubicField('fast_convergence', INT_MAXIMUM, 'fastConvergence'),
  cubicField('hystart', INT_MAXIMUM, 'hystart'),
  cubicField('hystart_ack_delta_us', INT_MAXIMUM, 'hystartAckDelta', us(1)),
  cubicField('hystart_detect', 3, 'hystartBy'),
  cubicField('hystart_low_window', INT_MAXIMUM, 'hystartLowWindow'),
  cubicField('initial_ssthresh', INT_MAXIMUM, 'initialThreshold'),
  cubicField('tcp_friendliness', INT_MAXIMUM, 'friendliness'),
  // Read-only on Linux, too: C = 0.4, in 1024ths of ten.
  { kind: 'fixed', name: '/sys/module/tcp_cubic/parameters/bic_scale', value: [41] },
];
