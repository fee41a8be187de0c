/**
 * From virtual time to the calendar: a scenario begins at a date, and captures carry dates. Dates
 * are UTC and computed here (no clock is asked), so a scenario's bytes are the same everywhere.
 */
import type { Duration, Instant } from '../stack/index.ts';

const SECOND: Duration = 1_000_000_000;
const DAY_SECONDS = 86_400;

/** A point in time as captures hold it. */
export interface CalendarTime {
  /** Since 1970, 0 to 2³² − 1. */
  readonly seconds: number;
  /** 0–999,999,999. */
  readonly nanoseconds: number;
}

/** When scenarios begin unless they say otherwise. */
export const USUAL_START = '2026-01-01T12:00:00Z';

const DATE_AND_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;
const TIME_OF_DAY = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;

/** When a scenario begins, and what its instants are on the calendar. */
export class Calendar {
  readonly #start: CalendarTime;

  /**
   * @param start such as `2026-01-01T12:07:24.920952Z`; up to nine digits of a second.
   * @throws RangeError for any other text and for a date that is none, before 1970 or after 2105.
   */
  constructor(start: string) {
    this.#start = parseDate(start);
  }

  /** The date of an instant. */
  timeOf(now: Instant): CalendarTime {
    const sum = this.#start.nanoseconds + (now % SECOND);
    const carry = sum >= SECOND ? 1 : 0;
    return {
      seconds: this.#start.seconds + Math.floor(now / SECOND) + carry,
      nanoseconds: sum - carry * SECOND,
    };
  }

  /**
   * The instant of a date, or of a time of day (`12:34:34.016955`) on the day that the scenario
   * begins.
   *
   * @throws RangeError for a text that is neither, a time before the beginning, or one so long
   * after it that an instant cannot say it.
   */
  at(text: string): Instant {
    const time = TIME_OF_DAY.test(text) ? this.#onFirstDay(text) : parseDate(text);
    const start = this.#start;
    const borrow = time.nanoseconds < start.nanoseconds ? 1 : 0;
    // The nanoseconds are added last, and so nothing is rounded that an instant can say.
    const seconds = time.seconds - start.seconds - borrow;
    const instant = seconds * SECOND + (time.nanoseconds - start.nanoseconds + borrow * SECOND);
    if (instant < 0) throw new RangeError(`${text} is before the scenario begins`);
    if (!Number.isSafeInteger(instant)) {
      throw new RangeError(`${text} is more than 104 days after the scenario begins`);
    }
    return instant;
  }

  #onFirstDay(text: string): CalendarTime {
    const midnight = this.#start.seconds - (this.#start.seconds % DAY_SECONDS);
    const time = parseTimeOfDay(text, TIME_OF_DAY.exec(text)?.slice(1) ?? []);
    return { seconds: midnight + time.seconds, nanoseconds: time.nanoseconds };
  }
}

function parseDate(text: string): CalendarTime {
  const fields = DATE_AND_TIME.exec(text)?.slice(1);
  if (fields === undefined) {
    throw new RangeError(`not a date such as 2026-01-01T12:00:00.000000Z: "${text}"`);
  }
  const [year, month, day] = fields.slice(0, 3).map(Number) as [number, number, number];
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!isDate || year < 1970 || year > 2105) throw new RangeError(`no such date: "${text}"`);
  const time = parseTimeOfDay(text, fields.slice(3));
  return {
    seconds: daysSince1970(year, month, day) * DAY_SECONDS + time.seconds,
    nanoseconds: time.nanoseconds,
  };
}

function parseTimeOfDay(text: string, fields: readonly (string | undefined)[]): CalendarTime {
  const [hour = 99, minute = 99, second = 99] = fields.slice(0, 3).map(Number);
  if (hour > 23 || minute > 59 || second > 59) throw new RangeError(`no such time: "${text}"`);
  return {
    seconds: hour * 3600 + minute * 60 + second,
    nanoseconds: Number((fields[3] ?? '').padEnd(9, '0')),
  };
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function daysSince1970(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let y = 1970; y < year; y++) days += isLeapYear(y) ? 366 : 365;
  for (let m = 1; m < month; m++) days += daysInMonth(year, m);
  return days;
}
