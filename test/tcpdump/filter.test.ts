/**
 * Capture filters: of random captures, random expressions let through what the real tcpdump lets
 * through, and are refused where it refuses them. `TCPETRI_SEED` and `TCPETRI_FILTERS` set others
 * and more.
 */
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Filter } from '../../src/tcpdump/index.ts';
import { concat, LinkType, PcapWriter, readCapture } from '../../src/wire/index.ts';
import { FILTERS } from './filters.ts';
import { type CapturedFrame, FRAMES } from './frames.ts';
import { HAS_TCPDUMP } from './real-tcpdump.ts';

const SEED = Number(process.env['TCPETRI_SEED'] ?? 20_260_101);
const COUNT = Number(process.env['TCPETRI_FILTERS'] ?? 60);
const FRAME_COUNT = 250;

/** Frames whose time is their number. */
function numbered(linkType: number, frames: readonly CapturedFrame[]): Uint8Array {
  const writer = new PcapWriter({ linkType });
  for (const [seconds, frame] of frames.entries()) {
    writer.packet({ ...frame, seconds, nanoseconds: 0 });
  }
  return concat(...writer.take());
}

/** The numbers of the packets that the real tcpdump lets through; undefined where it refuses. */
function realMatches(capture: Uint8Array, text: string): number[] | undefined {
  // -O: the program as it is generated; the optimizer leaves out reads that nothing depends on.
  const args = ['-O', '-r', '-', '-w', '-', '--', text];
  const { status, stdout } = spawnSync('tcpdump', args, { input: capture, maxBuffer: 2 ** 28 });
  if (status !== 0) return undefined;
  return readCapture(new Uint8Array(stdout)).records.map(({ seconds }) => seconds);
}

function ourMatches(capture: Uint8Array, text: string): number[] | undefined {
  try {
    const filter = new Filter(text);
    const { records } = readCapture(capture);
    return records.filter((each) => filter.matches(each)).map(({ seconds }) => seconds);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

describe.skipIf(!HAS_TCPDUMP)('random filters let through what tcpdump does', () => {
  for (const linkType of [LinkType.ethernet, LinkType.linuxSll2, LinkType.raw, LinkType.linuxSll]) {
    const isMain = linkType === LinkType.ethernet;
    test(`on link type ${linkType}`, { timeout: 600_000 }, () => {
      const seed = SEED + linkType;
      const frames = fc.sample(FRAMES.get(linkType)!, { numRuns: FRAME_COUNT, seed });
      const capture = numbered(linkType, frames);
      const texts = fc.sample(FILTERS, { numRuns: isMain ? COUNT : COUNT / 4, seed });
      let [refused, discerning] = [0, 0];
      for (const text of texts) {
        const real = realMatches(capture, text);
        expect({ text, matches: ourMatches(capture, text) }).toEqual({ text, matches: real });
        if (real === undefined) refused++;
        else if (real.length > 0 && real.length < FRAME_COUNT) discerning++;
      }
      expect(discerning).toBeGreaterThan(texts.length / 4);
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(texts.length / 2);
    });
  }
});
