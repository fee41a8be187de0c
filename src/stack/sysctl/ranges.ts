/** How far the kernel's types go, which bound what may be written. */

/** The largest and the least `int`. */
export const INT_MAXIMUM = 0x7fff_ffff;
export const INT_MINIMUM: number = -INT_MAXIMUM - 1;
/** The largest `u8`. */
export const BYTE = 255;
/** Timers count in jiffies, so many seconds are the most that fit (HZ = 1000). */
export const SECONDS_MAXIMUM: number = Math.floor(INT_MAXIMUM / 1000);
