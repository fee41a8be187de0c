/**
 * Windows 11 24H2: its windows begin at 65,535 octets everywhere, as captures show. Nothing else is
 * known to differ from Windows 10.
 */
import type { HostProfile } from '../profile.ts';
import { windows10 } from './windows-10.ts';

const { tcp } = windows10;

export const windows11: HostProfile = {
  ...windows10,
  name: 'windows-11',
  tcp: {
    ...tcp,
    initialWindow: { rule: 'fixed', window: 65_535 },
    // Captures show 255 · 2⁸ octets in the first ACK, which takes back some that the SYN offered;
    // here it is 256 · 2⁸.
    receiveBuffer: { ...tcp.receiveBuffer, default: 65_536 },
  },
};
