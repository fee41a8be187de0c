/** Random messages of DNS: names that point back, records of the usual types, counts that lie. */
import * as fc from 'fast-check';
import { concat, put16, put32, utf8 } from '../../src/wire/index.ts';
import { mostly, octets, pick, u16, u32 } from './shapes.ts';

const HEADER_LENGTH = 12;

const label = pick('www', 'example', 'org', 'a', '\x01\x7f').map((text) => {
  const bytes = utf8(text);
  return concat(Uint8Array.of(bytes.length), bytes);
});

/** Labels and their end: none, a pointer to the first question's name, or to anywhere. */
const name = fc
  .tuple(
    fc.array(label, { maxLength: 3 }),
    mostly(pick([0], [0xc0, HEADER_LENGTH]), pick([0xc0, 40], [0xc1, 0], [0x42], [0x80], []), 9),
  )
  .map(([labels, end]) => concat(...labels, Uint8Array.from(end)));

const numbers = (count: number): fc.Arbitrary<Uint8Array> => octets(2 * count, 2 * count);

/** What records of a type have, most of the time. */
const DATA: readonly (readonly [type: number, data: fc.Arbitrary<Uint8Array>])[] = [
  [1, octets(4, 4)],
  [28, octets(16, 16)],
  [2, name],
  [5, name],
  [12, name],
  [39, name],
  [6, fc.tuple(name, name, numbers(10)).map((parts) => concat(...parts))],
  [15, fc.tuple(numbers(1), name).map((parts) => concat(...parts))],
  [33, fc.tuple(numbers(3), name).map((parts) => concat(...parts))],
  [16, fc.array(label, { maxLength: 3 }).map((parts) => concat(...parts))],
  [41, fc.constant(new Uint8Array(0))],
  [43, octets(0, 8)],
  [1234, octets(0, 8)],
];

const kind = mostly(pick(1), pick(0x8001, 3, 4, 255, 1232), 3);

const question = fc.tuple(name, mostly(pick(1, 28, 255), u16), kind).map(([asked, type, of]) => {
  const b = new Uint8Array(4);
  put16(b, 0, type);
  put16(b, 2, of);
  return concat(asked, b);
});

const record = fc
  .tuple(
    name,
    fc.oneof(...DATA.map(([type, data]) => data.map((bytes) => ({ type, bytes })))),
    kind,
    mostly(pick(0, 60, 90_061, 0x8000), u32),
    mostly(fc.constant(0), pick(-1, 1, 400), 15),
  )
  .map(([owner, { type, bytes }, of, ttl, lengthError]) => {
    const b = new Uint8Array(10);
    put16(b, 0, type);
    put16(b, 2, of);
    put32(b, 4, ttl);
    put16(b, 8, Math.max(0, bytes.length + lengthError));
    return concat(owner, b, bytes);
  });

const FLAGS = [0x0100, 0x0110, 0x0900, 0x2000, 0x8180, 0x8180, 0x8583, 0x8400, 0x83b0];

/** A message, seldom cut short or with counts that are not its own. */
export const dnsMessage: fc.Arbitrary<Uint8Array> = fc
  .record({
    id: u16,
    flags: mostly(pick(...FLAGS), u16),
    questions: mostly(
      question.map((one) => [one]),
      fc.array(question, { maxLength: 2 }),
    ),
    sections: fc.tuple(
      ...[2, 1, 2].map((maxLength) => fc.array(record, { maxLength, size: 'max' })),
    ),
    countError: mostly(fc.constant(0), pick(1, 300), 12),
    cut: mostly(fc.constant(0), fc.integer({ min: 1, max: 30 }), 9),
  })
  .map(({ id, flags, questions, sections, countError, cut }) => {
    const header = new Uint8Array(HEADER_LENGTH);
    put16(header, 0, id);
    put16(header, 2, flags);
    const parts = [questions, ...sections];
    for (const [at, part] of parts.entries()) {
      const wrong = at === id % 4 ? countError : 0;
      put16(header, 4 + 2 * at, part.length + wrong);
    }
    const whole = concat(header, ...parts.flat());
    return whole.subarray(0, Math.max(0, whole.length - cut));
  });
