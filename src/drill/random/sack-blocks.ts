/** What a random receiver says of octets that came ahead of order. */
import type { Chance } from './chance.ts';
import type { Range } from './remote-end.ts';

/** Blocks of `sent` octets above what is acknowledged, as receivers report them (RFC 2018 §4). */
export function sackBlocks(
  chance: Chance,
  sent: readonly Range[],
  acked: number,
  most: number,
): string {
  const edges = [
    ...new Set(sent.filter(({ start }) => start > acked).flatMap(({ start, end }) => [start, end])),
  ].toSorted((a, b) => a - b);
  if (edges.length < 2) return '';
  const blocks: Range[] = [];
  for (let i = chance.between(1, most); i > 0; i--) {
    const from = chance.between(0, edges.length - 2);
    const to = Math.min(edges.length - 1, from + chance.pick([1, 1, 1, 2, 3, 5]));
    const cut = chance.percent(4) ? 10 : 0; // as if the path had cut a segment
    const block = { start: edges[from]! + cut, end: edges[to]! };
    if (block.start < block.end) blocks.push(block);
  }
  if (blocks.length === 0) return '';
  const merged = chance.percent(90) ? mergedRanges(blocks) : blocks;
  const first = chance.pick(merged); // what arrived last
  const ordered = [first, ...merged.filter((block) => block !== first)].slice(0, most);
  return `sack ${ordered.map(({ start, end }) => `${start}:${end}`).join(' ')}`;
}

function mergedRanges(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end) merged.push(range);
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return merged;
}
