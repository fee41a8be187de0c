/** Dates as `date` and `ls -l` print them, in UTC (date(1)). */
import { utc } from '../../wire/index.ts';
import type { CalendarTime } from '../calendar.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
// prettier-ignore
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const DAY_SECONDS = 86_400;
/** 1970-01-01 was a Thursday. */
const FIRST_DAY = 4;

/** A time by a format of date(1): `%H:%M:%S.%N`; letters that are not known stay as they are. */
export function printDate(format: string, { seconds, nanoseconds }: CalendarTime): string {
  const { year, month, day, hour, minute, second } = utc(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const fields: Readonly<Record<string, string>> = {
    a: DAYS[(Math.floor(seconds / DAY_SECONDS) + FIRST_DAY) % 7]!,
    b: MONTHS[month - 1]!,
    d: two(day),
    e: String(day).padStart(2),
    F: `${year}-${two(month)}-${two(day)}`,
    H: two(hour),
    M: two(minute),
    m: two(month),
    N: String(nanoseconds).padStart(9, '0'),
    S: two(second),
    s: String(seconds),
    T: `${two(hour)}:${two(minute)}:${two(second)}`,
    Y: String(year),
    Z: 'UTC',
    '%': '%',
  };
  return format.replaceAll(/%(.)/g, (whole, letter: string) => fields[letter] ?? whole);
}

/** As `ls -l` shows when a file was written. */
export function printListDate(time: CalendarTime): string {
  return printDate('%b %e %H:%M', time);
}
