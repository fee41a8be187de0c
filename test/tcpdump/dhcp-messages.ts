/** Random messages of BOOTP and DHCP, seldom cut short. */
import * as fc from 'fast-check';
import { concat, put32, utf8 } from '../../src/wire/index.ts';
import { mostly, octets, pick, u8 } from './shapes.ts';

const COOKIE_AT = 236;

/** Codes of options with what they have, most of the time. */
const OPTIONS: readonly (readonly [code: number, data: fc.Arbitrary<Uint8Array>])[] = [
  [53, octets(1, 1)],
  [53, fc.integer({ min: 1, max: 14 }).map((type) => Uint8Array.of(type))],
  [55, octets(0, 9)],
  [1, octets(4, 4)],
  [6, octets(8, 8)],
  [2, octets(4, 4)],
  [51, octets(4, 4)],
  [57, octets(2, 2)],
  [19, octets(1, 2)],
  [33, octets(8, 8)],
  [12, pick('host', 'a\x01b', '').map(utf8)],
  [61, octets(0, 7)],
  [61, octets(6, 6).map((b) => concat(Uint8Array.of(1), b))],
  [81, octets(0, 9)],
  [81, octets(4, 4).map((b) => concat(Uint8Array.of(5, 0, 0), b))],
  [121, octets(5, 5).map((b) => concat(Uint8Array.of(8), b))],
  [121, octets(0, 9)],
  [52, octets(0, 2)],
  [46, octets(0, 1)],
];

const option = fc.oneof(
  ...OPTIONS.map(([code, data]) =>
    fc
      .tuple(data, mostly(fc.constant(0), pick(1, 200), 12))
      .map(([b, more]) => concat(Uint8Array.of(code, Math.min(255, b.length + more)), b)),
  ),
  fc.tuple(u8, octets(0, 9)).map(([code, b]) => concat(Uint8Array.of(code, b.length), b)),
  pick([0], [0, 0], [255]).map((b) => Uint8Array.from(b)),
);

export const dhcpMessage: fc.Arbitrary<Uint8Array> = fc
  .record({
    header: octets(44, 44),
    operation: mostly(pick(1, 2), u8),
    hardware: mostly(pick([1, 6]), pick([6, 6], [1, 5])),
    names: mostly(pick('', 'server'), pick('s'.repeat(70), '\x01'), 4),
    cookie: mostly(pick(0x63825363), pick(0, 7), 9),
    options: fc.array(option, { minLength: 1, maxLength: 8, size: 'max' }),
    cut: mostly(fc.constant(0), fc.integer({ min: 1, max: 260 }), 9),
  })
  .map(({ header, operation, hardware, names, cookie, options, cut }) => {
    const b = new Uint8Array(COOKIE_AT + 4);
    b.set(header);
    b[0] = operation;
    b.set(hardware, 1);
    if (header[3]! < 200) b.fill(0, 8, 28); // most fields are seldom there
    b.set(utf8(names), 44);
    put32(b, COOKIE_AT, cookie);
    const whole = concat(b, ...options);
    return whole.subarray(0, whole.length - Math.min(cut, whole.length));
  });
