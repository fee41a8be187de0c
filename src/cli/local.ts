/** What only the machine knows: its time of day, and the names of its interfaces. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { LocalTime } from '../wire/index.ts';

/** What clocks show here, by the machine's time zone or `TZ`. */
export function localTime(epochSeconds: number): LocalTime {
  const date = new Date(epochSeconds * 1000);
  return {
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
  };
}

const INTERFACES = '/sys/class/net';

/**
 * This machine's interfaces by index: what tcpdump calls those of a cooked capture, right or wrong.
 */
export function interfaceNames(): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  if (!existsSync(INTERFACES)) return names;
  for (const name of readdirSync(INTERFACES)) {
    try {
      names.set(Number(readFileSync(`${INTERFACES}/${name}/ifindex`, 'latin1')), name);
    } catch {
      // Not an interface (`bonding_masters`), or gone since it was listed.
    }
  }
  return names;
}
