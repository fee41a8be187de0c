/**
 * Queueing disciplines as `tc qdisc add …` takes them, with tc's defaults:
 *
 *     pfifo limit 100                       bfifo limit 30kb
 *     red limit 60kb avpkt 1000 min 5kb max 15kb burst 10 probability 0.1 ecn
 *     codel limit 1000 target 5ms interval 100ms ecn
 *     fq_codel limit 10240 flows 1024 quantum 1514 target 5ms interval 100ms noecn
 *     tbf rate 1mbit burst 32kbit latency 400ms
 */
import type { Chance } from './chance.ts';
import { Codel, type CodelOptions } from './codel.ts';
import { Fifo } from './fifo.ts';
import { FqCodel } from './fq-codel.ts';
import type { OnQueueDrop, PacketQueue } from './packet-queue.ts';
import { Red, type RedOptions } from './red.ts';
import { Tbf } from './tbf.ts';
import { printTbf, readTbf } from './tbf-words.ts';
import { printMicroseconds, printSize, WordError, Words } from './words.ts';

/** A discipline with its settings. */
export interface QueueSetup {
  /** The settings as `tc qdisc show` has them. */
  readonly settings: string;
  /** Makes a queue that draws chance and tells of drops. */
  make(chance: Chance, onDrop: OnQueueDrop): PacketQueue;
}

/** The kinds that have packets wait. */
export function isPacketQueue(kind: string): boolean {
  return ['pfifo', 'bfifo', 'red', 'codel', 'fq_codel', 'tbf'].includes(kind);
}

/** Reads a discipline and its settings. @throws WordError for what is none */
export function readQueue([kind = '', ...list]: readonly string[]): QueueSetup {
  const words = new Words(kind, list);
  switch (kind) {
    case 'pfifo':
    case 'bfifo':
      return readFifo(kind, words);
    case 'red':
      return readRed(words);
    case 'codel':
    case 'fq_codel':
      return readCodel(kind, words);
    case 'tbf': {
      const options = readTbf(words);
      return { settings: printTbf(options), make: (_, onDrop) => new Tbf(options, onDrop) };
    }
    default:
      throw new WordError(`"${kind}" is no queue: pfifo, bfifo, red, codel, fq_codel and tbf are`);
  }
}

/** The same of one text, with spaces between the words. */
export function parseQueue(text: string): QueueSetup {
  return readQueue(text.split(/\s+/).filter((word) => word !== ''));
}

function readFifo(kind: 'pfifo' | 'bfifo', words: Words): QueueSetup {
  const unit = kind === 'pfifo' ? 'packets' : 'octets';
  let limit = kind === 'pfifo' ? 1000 : 1000 * 1514; // a device's txqueuelen, of packets or octets
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word !== 'limit') words.fail(`"${word}" is no option of ${kind}`);
    limit = unit === 'packets' ? words.count(word) : words.size(word);
  }
  const settings = `limit ${unit === 'packets' ? `${limit}p` : printSize(limit)}`;
  return { settings, make: (_, onDrop) => new Fifo({ limit, unit }, onDrop) };
}

function readCodel(kind: 'codel' | 'fq_codel', words: Words): QueueSetup {
  const isFair = kind === 'fq_codel';
  const options = {
    limit: isFair ? 10_240 : 1000,
    target: 5_000_000,
    interval: 100_000_000,
    ecn: isFair,
    flows: 1024,
    quantum: 1514,
  };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'limit') options.limit = words.count(word);
    else if (word === 'target' || word === 'interval') options[word] = words.time(word);
    else if (word === 'ecn' || word === 'noecn') options.ecn = word === 'ecn';
    else if (isFair && (word === 'flows' || word === 'quantum')) {
      options[word] = words.count(word);
      if (options[word] === 0) words.fail(`"${word}" wants 1 or more`);
    } else words.fail(`"${word}" is no option of ${kind}`);
  }
  const { limit, target, interval, ecn }: CodelOptions = options;
  const times = `target ${printMicroseconds(target)} interval ${printMicroseconds(interval)}`;
  const marks = ecn ? 'ecn ' : '';
  if (!isFair) {
    const settings = `limit ${limit}p ${times} ${marks}`;
    return { settings, make: (_, onDrop) => new Codel({ limit, target, interval, ecn }, onDrop) };
  }
  const flows = `flows ${options.flows} quantum ${options.quantum}`;
  // The last two are Linux's, where memory is bounded too; here only packets are.
  const settings = `limit ${limit}p ${flows} ${times} memory_limit 32Mb ${marks}drop_batch 64 `;
  return { settings, make: (chance, onDrop) => new FqCodel(options, chance, onDrop) };
}

function readRed(words: Words): QueueSetup {
  const sizes = { limit: 0, min: 0, max: 0, avpkt: 0 };
  let [burst, probability, bandwidth, ecn] = [0, 0.02 * 0xffff_ffff, 1_250_000, false];
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'limit' || word === 'min' || word === 'max' || word === 'avpkt') {
      sizes[word] = words.size(word);
    } else if (word === 'burst') burst = words.count(word);
    else if (word === 'probability') probability = words.fraction(word) * 0xffff_ffff;
    else if (word === 'bandwidth') bandwidth = words.rate(word);
    else if (word === 'ecn') ecn = true;
    else words.fail(`"${word}" is no option of red`);
  }
  const { limit, avpkt: averagePacket } = sizes;
  if (limit === 0 || averagePacket === 0) words.fail('"limit" and "avpkt" are needed');
  const maximum = sizes.max || (sizes.min > 0 ? 3 * sizes.min : Math.floor(limit / 4));
  const minimum = sizes.min || Math.floor(maximum / 3);
  if (minimum >= maximum || maximum > limit) words.fail('min is below max, and max within limit');
  burst ||= Math.floor((2 * minimum + maximum) / (3 * averagePacket));
  if (burst + 1 < minimum / averagePacket) words.fail('"burst" is at least min divided by avpkt');
  const thresholds = { limit, minimum, maximum, averagePacket };
  const options: RedOptions = { ...thresholds, burst, probability, bandwidth, ecn };
  const sizesShown = [limit, minimum, maximum].map(printSize);
  const settings = `limit ${sizesShown[0]} min ${sizesShown[1]} max ${sizesShown[2]} `;
  const make = (chance: Chance, onDrop: OnQueueDrop): Red => new Red(options, chance, onDrop);
  return { settings: `${settings}${ecn ? 'ecn ' : ''}`, make };
}
