/**
 * `test` for TCP: it runs once over each family, and the helpers that it calls ask here over which.
 *
 *     import { test } from '../help/family-test.ts';
 *
 *     test('RFC 9293 §3.5: a SYN draws a SYN,ACK', () => { … });
 *     test.onlyIpv4('IP_TTL')('each packet has the time to live that the program sets', () => { … });
 *     test.law('what is read was written', (families) => {
 *       fc.assert(fc.property(families, …, (family, …) => { const c = connected({ family }); … }));
 *     });
 */
import * as fc from 'fast-check';
import { expect, test as vitestTest, type TestOptions, TestRunner } from 'vitest';
import { FAMILIES, type Family, FAMILY_NAMES, type FamilyName } from './families.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What the test is for: one family, or all that a law draws from. */
    families?: readonly FamilyName[];
    /** Why it has to fail over that family. */
    failsBecause?: string;
  }
}

/** The family of the test that is running; one that does not know of families is for IPv4. */
export function familyOfTest(): Family {
  const { families = [] } = TestRunner.getCurrentTest()?.meta ?? {};
  return FAMILIES[families.length === 1 ? families[0]! : 'ipv4'];
}

/** How a test is run: its name's end, and what vitest is told of it. */
interface Variant {
  readonly suffix: string;
  readonly options: TestOptions;
}

interface FamilyTest {
  (name: string, body: () => void | Promise<unknown>): void;
  readonly each: typeof vitestTest.each;
}

function testOver(variants: readonly Variant[]): FamilyTest {
  const named = (name: string, body: () => void | Promise<unknown>): void => {
    for (const { suffix, options } of variants) {
      // oxlint-disable-next-line vitest/expect-expect
      vitestTest(`${name} [${suffix}]`, options, async () => void (await body()));
    }
  };
  const each = (rows: readonly unknown[]) => (name: string, body: (row: unknown) => void) => {
    for (const { suffix, options } of variants) {
      // oxlint-disable-next-line vitest/expect-expect
      vitestTest.each(rows)(`${name} [${suffix}]`, options, body);
    }
  };
  return Object.assign(named, { each: each as typeof vitestTest.each });
}

const EACH_FAMILY = FAMILY_NAMES.map((family) => ({
  suffix: family,
  options: { meta: { families: [family] } },
}));

export const test = Object.assign(testOver(EACH_FAMILY), {
  /** A test of IPv4 itself, and why. That it fails over IPv6 is tested, too. */
  onlyIpv4: (because: string): FamilyTest =>
    testOver([
      { suffix: 'ipv4', options: { meta: { families: ['ipv4'] } } },
      {
        suffix: `not ipv6: ${because}`,
        options: { meta: { families: ['ipv6'], failsBecause: because }, fails: true },
      },
    ]),
  skipIf: (isSkipped: boolean): FamilyTest =>
    testOver(
      EACH_FAMILY.map(({ suffix, options }) => ({
        suffix,
        options: { ...options, skip: isSkipped },
      })),
    ),
  /** A law draws a family for each of its runs, which costs no more than one; each has to come. */
  law(name: string, body: (families: fc.Arbitrary<FamilyName>) => void | Promise<void>): void {
    vitestTest(`law: ${name}`, { meta: { families: FAMILY_NAMES } }, async () => {
      const drawn = new Set<FamilyName>();
      const families = fc.constantFrom(...FAMILY_NAMES);
      await body(families.map((family) => (drawn.add(family), family)));
      expect([...drawn].toSorted(), 'families that were drawn').toEqual(FAMILY_NAMES);
    });
  },
  /** A test that sends no packet. */
  once: vitestTest,
});
