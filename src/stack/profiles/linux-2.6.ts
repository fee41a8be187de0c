/** Linux 2.6.32 as in CentOS 6: an initial receive window of ten segments (RFC 6928's number). */
import type { HostProfile } from '../profile.ts';
import { linux3 } from './linux-3.ts';

export const linux26: HostProfile = {
  ...linux3,
  name: 'linux-2.6',
  tcp: {
    ...linux3.tcp,
    initialWindow: { rule: 'segments', count: 10 }, // TCP_DEFAULT_INIT_RCVWND
    fastOpen: { ...linux3.tcp.fastOpen, flags: 0 }, // none before 3.6
  },
};
