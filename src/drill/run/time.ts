/**
 * When an event is due, and how far from that it may happen.
 *
 * A script's times are microseconds since its first event. A relative time counts from when the
 * previous event has finished; a packet injected directly after another one counts from when that
 * one was due, so that a row of packets keeps its distances.
 *
 *     from − tolerance          from            to          to + tolerance
 *            |<--------------------|=============|------------------->|
 *                        a packet may be sent anywhere here
 */
import type { Configuration } from './configuration.ts';
import type { EventTime, Microseconds, ScriptEvent } from '../syntax/script.ts';

/** An event's time, resolved. */
export interface Due {
  /** `any` is `*`: never checked. */
  readonly kind: 'point' | 'range' | 'any';
  readonly from: Microseconds;
  readonly to: Microseconds;
  /** What a relative time counted from. */
  readonly base: Microseconds;
}

/** A past event, as far as the next one's time depends on it. */
export interface PastEvent {
  readonly event: ScriptEvent;
  readonly due: Due;
}

function isInjection({ action }: ScriptEvent): boolean {
  return action.kind === 'packet' && action.direction === 'inbound';
}

/** When an event is due, if the previous one has finished `now`. */
export function dueTime(
  event: ScriptEvent,
  previous: PastEvent | undefined,
  now: Microseconds,
): Due {
  const isAnchored = previous !== undefined && isInjection(previous.event) && isInjection(event);
  return resolve(event.time, isAnchored ? previous.due.from : now);
}

function resolve(time: EventTime, base: Microseconds): Due {
  switch (time.kind) {
    case 'absolute':
      return { kind: 'point', from: time.at, to: time.at, base: 0 };
    case 'relative':
      return { kind: 'point', from: base + time.after, to: base + time.after, base };
    case 'absolute-range':
      return { kind: 'range', from: time.from, to: time.to, base: 0 };
    case 'relative-range':
      return { kind: 'range', from: base + time.from, to: base + time.to, base };
    case 'any':
      return { kind: 'any', from: base, to: base, base };
  }
}

/** max(`--tolerance_usecs`, `--tolerance_percent` of the step), in whole microseconds. */
export function toleranceOf(
  { toleranceMicroseconds, tolerancePercent }: Configuration,
  step: Microseconds,
): Microseconds {
  return Math.max(toleranceMicroseconds, Math.floor((tolerancePercent / 100) * step));
}

/** Whether what happened `at` was in time. */
export function isInTime(at: Microseconds, due: Due, tolerance: Microseconds): boolean {
  return due.kind === 'any' || (at >= due.from - tolerance && at <= due.to + tolerance);
}

/** How long after its expected moment a packet is still waited for. */
const PATIENCE: Microseconds = 2_000_000;
const SECOND: Microseconds = 1_000_000;

/**
 * How long to wait for the next packet before giving up: the whole seconds up to the expected
 * moment, counted from the previous event's, and two more; for ever with `*`.
 */
export function patienceFor(due: Due, previous: PastEvent | undefined): Microseconds {
  if (due.kind === 'any') return Number.POSITIVE_INFINITY;
  const ahead = due.to - (previous?.due.from ?? 0);
  return Math.max(0, Math.trunc(ahead / SECOND) * SECOND + PATIENCE);
}

/** Microseconds as seconds, without zeros at the end: `0.1`. */
export function seconds(time: Microseconds): string {
  return String(Number((time / 1e6).toFixed(6)));
}
