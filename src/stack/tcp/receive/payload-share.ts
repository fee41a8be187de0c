/** Which part of a receive buffer's memory is for payload, the rest for what is kept beside it. */
import type { TcpProfile } from '../profile.ts';

/** What {@link payloadShare} counts a ratio in (Linux TCP_RMEM_TO_WIN_SCALE: 8 bits). */
export const RATIO_UNIT = 256;

/** How much payload a buffer of `memory` octets has room for (Linux tcp_win_from_space()). */
export function payloadShare(memory: number, ratio: number): number {
  return Math.floor((memory * ratio) / RATIO_UNIT);
}

/** The ratio before any segment has come: where it is learnt, half (TCP_DEFAULT_SCALING_RATIO). */
export function initialRatio({ overheadScale, receiveTuning }: TcpProfile): number {
  if (receiveTuning?.learnsRatio === true) return RATIO_UNIT / 2;
  if (overheadScale > 0) return RATIO_UNIT - (RATIO_UNIT >>> overheadScale);
  return RATIO_UNIT >>> -overheadScale;
}
