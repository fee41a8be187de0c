/** Laws of Fast Open's parts; what a connection does with them is in test/drill/fast-open. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sipHash } from '../../src/stack/siphash.ts';
import { FastOpenPause } from '../../src/stack/tcp/fast-open/pause.ts';
import {
  cookieOf,
  keyOfCookie,
  keysIn,
  parseFastOpenKeys,
  printFastOpenKeys,
} from '../../src/stack/tcp/fast-open/cookie.ts';
import {
  type FastOpenOption,
  fastOpenOptions,
  readFastOpenOption,
} from '../../src/stack/tcp/fast-open/option.ts';
import { FastOpenQueue } from '../../src/stack/tcp/fast-open/queue.ts';
import { seconds } from '../../src/stack/index.ts';
import {
  concat,
  decodeTcp,
  encodeTcpOptions,
  hex,
  type IpAddress,
  must,
  parseIpv4,
  printHex,
} from '../../src/wire/index.ts';

const octets = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const key = octets(16);
/** Addresses of a client and a server, of either family. */
const hosts: fc.Arbitrary<readonly [IpAddress, IpAddress]> = fc.oneof(
  fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)),
  fc.tuple(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 2n ** 128n - 1n)),
);

describe('SipHash-2-4', () => {
  // The authors' example (Aumasson and Bernstein, 2012, appendix A), and its neighbours.
  test.each([
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
  ])('of %i octets', (length, hash) => {
    const counting = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(printHex(sipHash(counting, counting.subarray(0, length)))).toBe(hash);
  });
});

describe('cookies', () => {
  test('are what Linux makes of addresses and key', () => {
    const [present] = parseFastOpenKeys('03020100-07060504-0b0a0908-0f0e0d0c') ?? [];
    expect(present).toEqual(Uint8Array.from({ length: 16 }, (_, i) => i));
    const cookie = cookieOf(present!, parseIpv4('0.1.2.3'), parseIpv4('4.5.6.7'));
    expect(printHex(cookie)).toBe('6224939a79f5f593');
  });

  test('are known again by the key that made them, and by no other', () => {
    fc.assert(
      fc.property(key, key, hosts, (a, b, [client, server]) => {
        const cookie = cookieOf(b, client, server);
        const isSame = printHex(a) === printHex(b);
        expect(keyOfCookie([a, b], cookie, client, server)).toBe(isSame ? 0 : 1);
        expect(keyOfCookie(isSame ? [] : [a], cookie, client, server)).toBe(-1);
      }),
    );
  });

  test('keys read as they are printed', () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 2 }), (keys) => {
        expect(parseFastOpenKeys(printFastOpenKeys(keys))).toEqual(keys);
        expect(keysIn(concat(...keys))).toEqual(keys);
      }),
    );
    expect(printFastOpenKeys([])).toBe('00000000-00000000-00000000-00000000');
    expect(parseFastOpenKeys('1-2-3')).toBeUndefined();
  });
});

/** What a receiver reads of options in a SYN. */
function read(options: Uint8Array): FastOpenOption | undefined {
  const segment = new Uint8Array(20 + options.length);
  segment[12] = ((20 + options.length) / 4) << 4;
  segment.set(options, 20);
  return readFastOpenOption(must(decodeTcp(segment, 0, segment.length)));
}

describe('the option', () => {
  test('reads as it is written, and ends at a word', () => {
    const cookie = fc.constantFrom(0, 4, 6, 8, 10, 12, 14, 16).chain(octets);
    fc.assert(
      fc.property(cookie, fc.boolean(), (it, isExperimental) => {
        const written = encodeTcpOptions(fastOpenOptions({ cookie: it, isExperimental }));
        expect(written.length % 4).toBe(0);
        expect(read(written)).toEqual({ cookie: it, isExperimental });
      }),
    );
  });

  test.each([
    ['too short', '2204aabb', undefined],
    ['too long', '2214000000000000000000000000000000000000', undefined],
    ['of odd length, which is not seen', '2203aa01', undefined],
    ['another experiment', 'fe04abcd', undefined],
    ['of two the last counts', '2206aaaaaaaa22060102030401010101', '01020304'],
  ])('%s', (_, options, cookie) => {
    const found = read(hex(options));
    expect(found && printHex(found.cookie)).toBe(cookie);
  });
});

describe('the queue of a listener', () => {
  test('has never more than its limit, and one that was reset counts for a minute', () => {
    const step = fc.constantFrom('enter', 'leave', 'reset', 'wait');
    fc.assert(
      fc.property(fc.nat(4), fc.array(step, { size: '+1' }), (limit, steps) => {
        const queue = new FastOpenQueue(limit);
        let now = 0;
        let open = 0;
        let resets: number[] = [];
        for (const it of steps) {
          if (it === 'wait') now += seconds(25);
          if (it === 'enter') {
            const counted = open + resets.length;
            const expired = resets.findIndex((until) => until <= now);
            const hasRoom = limit > 0 && (counted < limit || expired >= 0);
            expect(queue.hasRoom(now)).toBe(hasRoom);
            if (!hasRoom) continue;
            if (counted >= limit) resets = resets.filter((_, i) => i !== expired);
            queue.enter();
            open += 1;
          } else if (it === 'leave' && open > 0) {
            queue.leave();
            open -= 1;
          } else if (it === 'reset' && open > 0) {
            queue.leaveByReset(now);
            resets.push(now + seconds(60));
            open -= 1;
          }
          expect(open + resets.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

describe('a pause', () => {
  test('lasts twice as long each time, 64 times at most, until Fast Open works again', () => {
    const pause = new FastOpenPause();
    expect(pause.isPaused(seconds(10), 0)).toBe(false);
    for (let n = 0; n < 10; n++) {
      pause.pause(0);
      const end = seconds(10) * 2 ** Math.min(n, 6);
      expect(pause.isPaused(seconds(10), end - 1)).toBe(true);
      expect(pause.isPaused(seconds(10), end)).toBe(false);
    }
    expect(pause.isPaused(0, 1)).toBe(false);
    pause.trust();
    expect(pause.isOnProbation).toBe(false);
    expect(pause.isPaused(seconds(10), 1)).toBe(false);
  });
});
