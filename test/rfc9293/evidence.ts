/**
 * What shows each requirement of RFC 9293: a script, tests that name it, or a reason why there is
 * nothing to show. No verdict is kept here: `npm run conformance` runs what is named and says.
 */

/** What is run to show it. */
export type Shown =
  /** Scripts below `test/drill`, without `.pkt`. Their first comment names the requirement. */
  | { readonly kind: 'scripts'; readonly names: readonly string[]; readonly note?: string }
  /** A file below `test`, without `.test.ts`: those of its tests whose titles name the requirement. */
  | { readonly kind: 'tests'; readonly file: string; readonly note?: string };

export type Evidence =
  Shown | { readonly kind: 'does not apply' | 'not implemented'; readonly because: string };

export function scripts(...names: readonly string[]): Shown {
  return { kind: 'scripts', names };
}

export function tests(file: string): Shown {
  return { kind: 'tests', file };
}

/** With what a reader has to know of it. */
export function noted(shown: Shown, note: string): Shown {
  return { ...shown, note };
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
  'MUST-1': scripts('rfc9293/MUST-01-window-is-unsigned', 'rfc9293/MUST-01-window-is-unsigned-v6'),
  'MUST-2': tests('tcp/rfc9293'),
  'MUST-3': tests('tcp/rfc9293'),
  'MUST-4': scripts('rfc9293/MUST-04-three-options'),
  'MUST-5': scripts('rfc9293/MUST-05-options-on-any-segment'),
  'MUST-6': tests('tcp/options'),
  'MUST-7': tests('tcp/options'),
  'MUST-8': tests('stack/choices'),
  'MUST-9': tests('stack/choices'),
  'MUST-10': scripts('handshake/simultaneous-open'),
  'MUST-11': scripts('rfc9293/MUST-11-opened-actively', 'reset/in-syn-received'),
  'MUST-12': scripts('rfc9293/MUST-12-closed-or-aborted'),
  'MUST-13': noted(scripts('time-wait/sixty-seconds'), 'for Linux an MSL is 30 s'),
  'MUST-14': scripts('rfc9293/MUST-14-mss-both-ways'),
  'MUST-15': scripts('options/mss-default', 'options/mss-default-v6'),
  'MUST-16': scripts('rfc9293/MUST-14-mss-both-ways'),
  'MUST-17': scripts('nagle/no-delay'),
  'MUST-18': scripts('retransmission/karn'),
  'MUST-19': scripts('rfc9293/MUST-19-window-and-back-off'),
  'MUST-20': scripts('rfc9293/MUST-20-two-thresholds'),
  'MUST-21': scripts('rfc9293/MUST-21-patience-of-the-program', 'rfc9293/MUST-21-patience-without-end'),
  'MUST-22': scripts('handshake/syn-retransmission'),
  'MUST-23': noted(tests('tcp/rfc9293'), 'profile rfc; Linux 6 itself gives up after 131 s'),
  'MUST-24': scripts('rfc9293/MUST-24-keep-alive-by-the-program'),
  'MUST-25': scripts('rfc9293/MUST-24-keep-alive-by-the-program'),
  'MUST-26': scripts('liveness/keep-alive-traffic'),
  'MUST-27': scripts('rfc9293/MUST-24-keep-alive-by-the-program'),
  'MUST-28': scripts('rfc9293/MUST-24-keep-alive-by-the-program'),
  'MUST-29': scripts('rfc9293/MUST-24-keep-alive-by-the-program'),
  'MUST-30': scripts('rfc9293/MUST-30-urgent-data-of-any-length'),
  'MUST-31': scripts('rfc9293/MUST-30-urgent-data-of-any-length'),
  'MUST-32': scripts('rfc9293/MUST-32-urgent-data-is-told'),
  'MUST-33': scripts('rfc9293/MUST-32-urgent-data-is-told'),
  'MUST-34': scripts('window/taken-back'),
  'MUST-35': scripts('rfc9293/MUST-35-taken-back-to-zero'),
  'MUST-36': scripts('window/zero-window-probes'),
  'MUST-37': scripts('rfc9293/MUST-37-zero-window-answered', 'window/zero-window-probes'),
  'MUST-38': scripts('window/silly-window-sender'),
  'MUST-39': scripts('rfc9293/MUST-39-silly-window-receiver'),
  'MUST-40': scripts('data/delayed-ack'),
  'MUST-41': tests('rfc9293/open'),
  'MUST-42': tests('rfc9293/open'),
  'MUST-43': tests('rfc9293/open'),
  'MUST-44': tests('rfc9293/open'),
  'MUST-45': tests('rfc9293/open'),
  'MUST-46': tests('tcp/open-active'),
  'MUST-47': scripts('rfc9293/MUST-47-soft-errors-told', 'rfc9293/MUST-47-soft-errors-told-v6'),
  'MUST-48': scripts('rfc9293/MUST-48-diffserv', 'rfc9293/MUST-48-diffserv-v6'),
  'MUST-49': scripts('rfc9293/MUST-49-time-to-live', 'rfc9293/MUST-49-hop-limit-v6'),
  'MUST-50': tests('rfc9293/open'),
  'MUST-51': tests('rfc9293/source-route'),
  'MUST-52': tests('rfc9293/source-route'),
  'MUST-53': tests('rfc9293/source-route'),
  'MUST-54': scripts('rfc9293/MUST-54-icmp-finds-its-connection'),
  'MUST-55': scripts('rfc9293/MUST-55-source-quench'),
  'MUST-56': noted(scripts('rfc9293/MUST-56-soft-icmp-errors', 'rfc9293/MUST-56-soft-icmp-errors-v6'), 'Linux ends a connection that opens by a soft error (RFC 5461 §4, `icmp/open-soft`); the rfc profile does not'),
  'MUST-57': tests('tcp/open-passive'),
  'MUST-58': scripts('rfc9293/MUST-58-acknowledgments-merged'),
  'MUST-59': scripts('rfc9293/MUST-58-acknowledgments-merged'),
  'MUST-60': scripts('rfc9293/MUST-60-nothing-kept-for-ever'),
  'MUST-61': scripts('rfc9293/MUST-60-nothing-kept-for-ever'),
  'MUST-62': scripts('data/urgent'),
  'MUST-63': tests('tcp/open-passive'),
  'MUST-64': scripts('rfc9293/MUST-64-options-anywhere'),
  'MUST-65': scripts('rfc9293/MUST-65-mss-only-on-syn'),
  'MUST-66': scripts('rfc9293/MUST-66-reset-and-urgent-at-zero-window'),
  'MUST-67': scripts('options/mss-of-the-mtu', 'options/mss-of-the-mtu-v6'),
  'MUST-68': scripts('rfc9293/MUST-68-options-have-a-length'),
  'MUST-69': tests('wire/tcp'),
  'SHLD-1': tests('stack/choices'),
  'SHLD-2': scripts('rfc9293/SHLD-02-data-in-reset'),
  'SHLD-3': scripts('close/data-after-close'),
  'SHLD-4': scripts('time-wait/reopened-by-timestamp'),
  'SHLD-5': scripts('rfc9293/MUST-65-mss-only-on-syn'),
  'SHLD-6': doesNotApply('the MTU of a route does not change from packet to packet: a connection has the same options of IP in all of them'),
  'SHLD-7': scripts('nagle/small-segments-wait'),
  'SHLD-8': scripts('ecn/negotiated', 'ecn/echo'),
  'SHLD-9': scripts('rfc9293/SHLD-09-trouble-is-visible'),
  'SHLD-10': scripts('rfc9293/SHLD-10-first-threshold'),
  'SHLD-11': scripts('rfc9293/SHLD-11-second-threshold'),
  'SHLD-12': scripts('liveness/keep-alive'),
  'SHLD-13': doesNotApply('it is for programs, not for a stack'),
  'SHLD-14': scripts('window/right-edge'),
  'SHLD-15': scripts('rfc9293/SHLD-15-window-taken-back'),
  'SHLD-16': scripts('rfc9293/SHLD-15-window-taken-back'),
  'SHLD-17': scripts('rfc9293/SHLD-15-window-taken-back'),
  'SHLD-18': scripts('data/delayed-ack'),
  'SHLD-19': scripts('data/every-second-segment'),
  'SHLD-20': scripts('rfc9293/MUST-47-soft-errors-told', 'rfc9293/MUST-47-soft-errors-told-v6'),
  'SHLD-21': scripts('rfc9293/MUST-48-diffserv', 'rfc9293/MUST-48-diffserv-v6'),
  'SHLD-22': scripts('rfc9293/MUST-48-diffserv', 'rfc9293/MUST-48-diffserv-v6'),
  'SHLD-23': doesNotApply('it is for programs, not for a stack'),
  'SHLD-24': tests('rfc9293/source-route'),
  'SHLD-25': scripts('rfc9293/MUST-47-soft-errors-told', 'rfc9293/MUST-47-soft-errors-told-v6'),
  'SHLD-26': tests('tcp/icmp-reports'),
  'SHLD-27': scripts('rfc9293/SHLD-27-largest-segments'),
  'SHLD-28': scripts('rfc9293/SHLD-27-largest-segments'),
  'SHLD-29': scripts('window/zero-window-probes'),
  'SHLD-30': scripts('window/zero-window-probes'),
  'SHLD-31': scripts('data/out-of-order'),
  'MAY-1': scripts('close/data-after-close'),
  'MAY-2': scripts('time-wait/reopened', 'time-wait/old-syn'),
  'MAY-3': scripts('rfc9293/MUST-65-mss-only-on-syn'),
  'MAY-4': notImplemented('a retransmission has an identification of its own, as on Linux'),
  'MAY-5': scripts('liveness/keep-alive'),
  'MAY-6': notImplemented('keep-alives are empty, as on Linux'),
  'MAY-7': scripts('rfc9293/SHLD-15-window-taken-back'),
  'MAY-8': scripts('rfc9293/MAY-08-window-shut'),
  'MAY-9': notImplemented('IP_RECVTOS acts on datagrams; for a stream Linux has IP_PKTOPTIONS, which is not here'),
  'MAY-10': notImplemented('IP_OPTIONS takes source routes only'),
  'MAY-11': notImplemented('IP_OPTIONS takes source routes only'),
  'MAY-12': scripts('rfc9293/MAY-12-acceptable-acknowledgments'),
  'MAY-13': scripts('data/out-of-order'),
  'MAY-14': notImplemented('the interface of sockets has no such call'),
  'MAY-15': scripts('nagle/msg-more'),
  'MAY-16': scripts('nagle/msg-more', 'nagle/cork'),
  'MAY-17': notImplemented('the interface of sockets has no place for it'),
  'MAY-18': scripts('recovery/fast-retransmit'),
  'REC-1': scripts('rfc9293/REC-01-windows-of-32-bits', 'rfc9293/REC-01-windows-of-32-bits-v6'),
  'U-1': scripts('reset/exact'),
  'U-2': scripts('reset/challenged', 'rfc9293/U-03-challenged-reset-has-no-text'),
  'U-3': scripts('rfc9293/U-03-challenged-reset-has-no-text'),
  'U-4': scripts('rfc9293/U-04-syn-challenged-in-each-state'),
  'U-5': scripts('rfc9293/U-04-syn-challenged-in-each-state'),
  'U-6': scripts('rfc9293/U-06-acknowledgment-too-old'),
  'U-7': noted(tests('tcp/rfc9293'), 'profile rfc; Linux says nothing in ESTABLISHED'),
  'U-8': noted(tests('tcp/rfc9293'), 'profile rfc; Linux does not look at the number'),
  'U-9': scripts('fast-open/client-data-not-taken'),
  'U-10': scripts('icmp/soft-error', 'liveness/retries2', 'rfc9293/MUST-32-urgent-data-is-told'),
  'U-11': scripts('handshake/syn-retransmission'),
};
