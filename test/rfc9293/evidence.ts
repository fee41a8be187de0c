/**
 * What shows each requirement of RFC 9293: a script, tests that name it, or a reason why there is
 * nothing to show. No verdict is kept here: `npm run conformance` runs what is named and says.
 */

export type Evidence =
  /** Scripts below `test/drill`, without `.pkt`. Their first comment names the requirement. */
  | { readonly kind: 'scripts'; readonly names: readonly string[] }
  /** A file below `test`, without `.test.ts`: those of its tests whose titles name the requirement. */
  | { readonly kind: 'tests'; readonly file: string }
  | { readonly kind: 'does not apply'; readonly because: string }
  | { readonly kind: 'not implemented'; readonly because: string };

export function scripts(...names: readonly string[]): Evidence {
  return { kind: 'scripts', names };
}

export function tests(file: string): Evidence {
  return { kind: 'tests', file };
}

export function doesNotApply(because: string): Evidence {
  return { kind: 'does not apply', because };
}

export function notImplemented(because: string): Evidence {
  return { kind: 'not implemented', because };
}

/** One line for each requirement, in the order of the tables. */
// prettier-ignore
export const EVIDENCE: Readonly<Record<string, Evidence>> = {
  'MUST-6': tests('tcp/options'),
  'MUST-7': tests('tcp/options'),
  'MUST-8': tests('stack/choices'),
  'MUST-10': tests('tcp/open-active'),
  'MUST-15': scripts('options/mss-default'),
  'MUST-16': tests('tcp/options'),
  'MUST-17': scripts('nagle/no-delay'),
  'MUST-18': scripts('retransmission/karn'),
  'MUST-20': tests('tcp/retransmission'),
  'MUST-23': tests('tcp/open-active'),
  'MUST-26': scripts('liveness/keep-alive-traffic'),
  'MUST-34': scripts('window/taken-back'),
  'MUST-35': tests('tcp/probe'),
};
