/**
 * netem's settings as `tc qdisc add … netem` takes them (tc-netem(8)):
 *
 *     delay 100ms 10ms 25% distribution normal loss 1% reorder 25% 50% gap 5 rate 1mbit limit 1000
 *
 * One word is ours: `loss list 3,7` loses the third and the seventh packet.
 */
import type { DistributionName } from './distributions.ts';
import type { LossOptions } from './loss-models.ts';
import {
  type Likelihood,
  type NetemOptions,
  NO_IMPAIRMENT,
  type RateOptions,
} from './netem-options.ts';
import type { SlotOptions } from './netem-slots.ts';
import { printPercent, printRate, printTime, Words } from './words.ts';

/** Certain, as a probability of 32 bits. */
const ALWAYS = 0xffff_ffff;

/** As {@link NetemOptions}, while they are being read. */
type Draft = { -readonly [K in keyof NetemOptions]: NetemOptions[K] };

/** Reads the words after `netem`. @throws WordError for what netem does not know */
export function readNetem(list: readonly string[]): NetemOptions {
  const words = new Words('netem', list);
  const draft: Draft = { ...NO_IMPAIRMENT };
  let gap: number | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'gap') gap = words.count(word);
    else readOption(word, words, draft);
  }
  return withGap(draft, gap, words);
}

/** The same of one text, with spaces between the words. */
export function parseNetem(text: string): NetemOptions {
  return readNetem(text.split(/\s+/).filter((word) => word !== ''));
}

function readOption(option: string, words: Words, draft: Draft): void {
  switch (option) {
    case 'limit':
      draft.limit = words.count(option);
      break;
    case 'delay':
    case 'latency':
      readDelay(option, words, draft);
      break;
    case 'distribution':
      if (draft.jitter === 0) words.fail('"distribution" wants a delay with jitter before it');
      draft.distribution = words.value(asDistribution, option, DISTRIBUTIONS.join(', '));
      break;
    case 'loss':
    case 'drop':
      draft.loss = readLoss(option, words);
      break;
    case 'ecn':
      draft.ecn = true;
      break;
    case 'duplicate':
    case 'corrupt':
    case 'reorder':
      draft[option] = readLikelihood(option, words);
      break;
    case 'rate':
      draft.rate = readRateOptions(option, words);
      break;
    case 'slot':
      draft.slot = readSlot(option, words);
      break;
    case 'seed':
      draft.seed = words.value(asSeed, option, 'a number of 64 bits');
      break;
    default:
      words.fail(`"${option}" is no option of netem`);
  }
}

function readDelay(option: string, words: Words, draft: Draft): void {
  draft.latency = words.time(option);
  draft.jitter = words.isNumberNext ? words.time(option) : 0;
  draft.delayCorrelation = words.optionalPercent(option, 0);
}

const DISTRIBUTIONS: readonly DistributionName[] = ['uniform', 'normal', 'pareto', 'paretonormal'];

function asDistribution(word: string): DistributionName | undefined {
  return DISTRIBUTIONS.find((name) => name === word);
}

function readLikelihood(option: string, words: Words): Likelihood {
  return {
    probability: words.percent(option),
    correlation: words.optionalPercent(option, 0),
  };
}

/** What a model's transitions are where they are left out, tc-netem(8) says. */
function readLoss(option: string, words: Words): LossOptions {
  if (words.take('state')) {
    const p13 = words.percent(option);
    const p31 = words.optionalPercent(option, ALWAYS - p13);
    const p32 = words.optionalPercent(option, 0);
    const p23 = words.optionalPercent(option, ALWAYS);
    const p14 = words.optionalPercent(option, 0);
    return { model: 'state', transitions: { p13, p31, p32, p23, p14 } };
  }
  if (words.take('gemodel')) {
    const p = words.percent(option);
    const r = words.optionalPercent(option, ALWAYS - p);
    const lossInBad = words.optionalPercent(option, ALWAYS);
    const lossInGood = words.optionalPercent(option, 0);
    return { model: 'gemodel', transitions: { p, r, lossInBad, lossInGood } };
  }
  if (words.take('list')) {
    const packets = words.value(asPackets, option, 'numbers of packets such as 3,7');
    return { model: 'list', packets };
  }
  words.take('random');
  return { model: 'random', ...readLikelihood(option, words) };
}

function asPackets(word: string): number[] | undefined {
  return /^[1-9]\d{0,8}(?:,[1-9]\d{0,8})*$/.test(word) ? word.split(',').map(Number) : undefined;
}

function readRateOptions(option: string, words: Words): RateOptions {
  const octetsPerSecond = words.rate(option);
  const octets = (word: string): number | undefined =>
    /^-?\d{1,5}$/.test(word) ? Number(word) : undefined;
  const [packetOverhead = 0, cellSize = 0, cellOverhead = 0] = [1, 2, 3].map(() =>
    words.optional(octets, option, 'a number of octets', 0),
  );
  if (cellSize < 0) words.fail('a cell has 0 octets or more');
  if (cellSize > 0 && cellSize + cellOverhead <= 0) words.fail('a cell has octets to send');
  return { octetsPerSecond, packetOverhead, cellSize, cellOverhead };
}

/** `slot MIN [MAX]` or `slot distribution NAME DELAY JITTER`, then `packets N`, `bytes N`. */
function readSlot(option: string, words: Words): SlotOptions {
  const isDistributed = words.take('distribution');
  const distribution = isDistributed
    ? words.value(asDistribution, 'distribution', DISTRIBUTIONS.join(', '))
    : undefined;
  const least = words.time(option);
  const second = isDistributed || words.isNumberNext ? words.time(option) : least;
  if (!isDistributed && second < least) words.fail('the least delay of slots is above the most');
  const packets = words.take('packets') ? words.count('packets') : 0;
  const octets = words.take('bytes') ? words.count('bytes') : 0;
  return {
    least,
    most: isDistributed ? least : second,
    jitter: isDistributed ? second : 0,
    distribution,
    packets: packets || Infinity,
    octets: octets || Infinity,
  };
}

function asSeed(word: string): bigint | undefined {
  if (!/^\d{1,20}$/.test(word)) return undefined;
  const seed = BigInt(word);
  return seed < 1n << 64n ? seed : undefined;
}

/** `reorder` alone has a gap of 1, `gap` alone reorders always; neither does without a delay. */
function withGap(draft: Draft, gap: number | undefined, words: Words): NetemOptions {
  const isReordered = draft.reorder.probability > 0;
  const asked = gap ?? (isReordered ? 1 : 0);
  if (asked === 0) return draft;
  if (draft.latency === 0) words.fail('reordering wants a delay, which other packets have');
  const reorder = isReordered ? draft.reorder : { probability: ALWAYS, correlation: 0 };
  return { ...draft, gap: asked, reorder };
}

/** The settings as `tc qdisc show` has them. */
export function printNetem(options: NetemOptions): string {
  const { latency, jitter, delayCorrelation, loss, rate } = options;
  const text = [`limit ${options.limit}`];
  if (latency > 0 || jitter > 0) {
    const spread =
      jitter === 0 ? '' : `  ${printTime(jitter)}${printCorrelation(delayCorrelation)}`;
    text.push(`delay ${printTime(latency)}${spread}`);
  }
  if (loss !== undefined) text.push(`loss ${printLoss(loss)}`);
  for (const name of ['duplicate', 'reorder', 'corrupt'] as const) {
    if (options[name].probability > 0) text.push(`${name} ${printLikelihood(options[name])}`);
  }
  if (rate !== undefined) text.push(printRateOptions(rate));
  if (options.slot !== undefined) text.push(printSlot(options.slot));
  if (options.ecn) text.push('ecn ');
  if (options.gap > 0) text.push(`gap ${options.gap}`);
  return text.join(' ');
}

function printSlot({ least, most, jitter, distribution, packets, octets }: SlotOptions): string {
  const times = [least, distribution === undefined ? most : jitter].map(printTime).join(' ');
  const bounds = [
    ...(packets === Infinity ? [] : [` packets ${packets}`]),
    ...(octets === Infinity ? [] : [` bytes ${octets}`]),
  ];
  const kind = distribution === undefined ? '' : 'distribution ';
  return `slot ${kind}${times}${bounds.join('')}`;
}

function printRateOptions(rate: RateOptions): string {
  const { octetsPerSecond, packetOverhead, cellSize, cellOverhead } = rate;
  const extra = Object.entries({
    packetoverhead: packetOverhead,
    cellsize: cellSize,
    celloverhead: cellOverhead,
  });
  const words = extra.filter(([, octets]) => octets !== 0).map((each) => ` ${each.join(' ')}`);
  return `rate ${printRate(octetsPerSecond)}${words.join('')}`;
}

function printLoss(loss: LossOptions): string {
  switch (loss.model) {
    case 'random':
      return printLikelihood(loss);
    case 'state': {
      const { p13, p31, p32, p23, p14 } = loss.transitions;
      const named = Object.entries({ p13, p31, p32, p23, p14 });
      return `state ${named.map(([name, p]) => `${name} ${printPercent(p)}`).join(' ')}`;
    }
    case 'gemodel': {
      const { p, r, lossInBad, lossInGood } = loss.transitions;
      const named = Object.entries({ p, r, '1-h': lossInBad, '1-k': lossInGood });
      return `gemodel ${named.map(([name, share]) => `${name} ${printPercent(share)}`).join(' ')}`;
    }
    case 'list':
      return `list ${loss.packets.join(',')}`;
  }
}

function printLikelihood({ probability, correlation }: Likelihood): string {
  return printPercent(probability) + printCorrelation(correlation);
}

function printCorrelation(correlation: number): string {
  return correlation === 0 ? '' : ` ${printPercent(correlation)}`;
}
