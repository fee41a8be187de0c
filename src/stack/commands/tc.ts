/** `tc qdisc`: which queue an interface has before its device (tc(8)). */
import type { Host } from '../host.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import {
  DEFAULT_QUEUE,
  hasStrictLimit,
  isQueueKind,
  type QueueDiscipline,
} from '../interfaces/queue-discipline.ts';
import type { Instant } from '../time.ts';
import { EmulatedEgress, QueuedEgress } from '../traffic-control/egress.ts';
import { Netem } from '../traffic-control/netem.ts';
import { printNetem, readNetem } from '../traffic-control/netem-words.ts';
import type { OnQueueDrop } from '../traffic-control/packet-queue.ts';
import { isPacketQueue, readQueue } from '../traffic-control/queue-words.ts';
import { readSize, WordError } from '../traffic-control/words.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT } from './holders.ts';
import { printQueues } from './tc-show.ts';

/** Options before the object: more to be shown, or shown otherwise; only `-s` is heeded. */
const OPTIONS = ['-s', '-stats', '-statistics', '-d', '-details', '-p', '-pretty', '-r', '-raw'];
/** Objects that the real one has beside queues. */
const UNKNOWN_HERE = ['class', 'filter', 'chain', 'action', 'monitor', 'exec'];
const SHOWING = ['show', 'list', 'ls'];
const VERBS = [...SHOWING, 'add', 'replace', 'change', 'delete', 'del'];

/** What was asked for, behind the verb. */
interface Asked {
  readonly device: string | undefined;
  /** Of `handle 1:`. */
  readonly handle: number | undefined;
  readonly kind: string;
  readonly settings: readonly string[];
}

export function tc({ host, now, user }: CommandContext, words: readonly string[]): CommandOutcome {
  const options = words.filter((word) => word.startsWith('-'));
  const strange = options.find((option) => !OPTIONS.includes(option));
  if (strange !== undefined) return failed(255, `Option "${strange}" is unknown, try "tc -help".`);
  const [object = '', verb = 'show', ...operands] = words.filter((word) => !word.startsWith('-'));
  if (UNKNOWN_HERE.includes(object)) {
    return failed(1, `Object "${object}" is unknown here, only "qdisc" is.`);
  }
  if (object !== 'qdisc') return failed(255, `Object "${object}" is unknown, try "tc help".`);
  if (!VERBS.includes(verb)) {
    return failed(255, `Command "${verb}" is unknown, try "tc qdisc help".`);
  }
  const asked = readOperands(operands);
  if (typeof asked === 'string') return failed(255, asked);
  const { device } = asked;
  const found = device === undefined ? undefined : host.portNamed(device)?.interface;
  if (device !== undefined && found === undefined) {
    return failed(1, `Cannot find device "${device}"`);
  }
  if (SHOWING.includes(verb)) {
    const isCounted = options.some((option) => option.startsWith('-s'));
    return done(printQueues(host.interfaces, found, isCounted, now));
  }
  if (user !== ROOT) return NOT_PERMITTED;
  if (found === undefined) return failed(2, 'RTNETLINK answers: No such device');
  const isDefault = found.queue === DEFAULT_QUEUE;
  if (verb === 'delete' || verb === 'del') {
    if (isDefault) return failed(2, 'Error: Cannot delete qdisc with handle of zero.');
    found.changeQueue(DEFAULT_QUEUE, undefined, now);
    return done();
  }
  if (verb === 'add' && !isDefault) return failed(2, 'Error: Exclusivity flag on, cannot modify.');
  if (verb === 'change' && isDefault) {
    return failed(2, 'Error: Qdisc not found. To create specify NLM_F_CREATE flag.');
  }
  return put(host, found, asked, now);
}

/** The device, `root`, handle and parent in any order, then a kind with its settings. */
function readOperands(words: readonly string[]): Asked | string {
  let [device, handle]: [string | undefined, number | undefined] = [undefined, undefined];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === 'root') continue;
    if (word !== 'dev' && word !== 'handle' && word !== 'parent') {
      return { device, handle, kind: word, settings: words.slice(i + 1) };
    }
    const value = words[++i];
    if (value === undefined) return 'Command line is not complete. Try option "help"';
    if (word === 'dev') device = value;
    // A parent would be another queue, of a tree: here there is only the root.
    if (word === 'handle') handle = handleOf(value);
    if (Number.isNaN(handle)) {
      return `Error: argument "${value}" is wrong: invalid qdisc ID`;
    }
  }
  return { device, handle, kind: '', settings: [] };
}

/** `1:` or `8001:`, in hexadecimal. */
function handleOf(text: string): number {
  return /^[\da-f]{1,4}:0?$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;
}

/** Has packets wait as the discipline says. */
function put(
  host: Host,
  networkInterface: NetworkInterface,
  { handle, kind, settings }: Asked,
  now: Instant,
): CommandOutcome {
  if (!isQueueKind(kind)) return failed(2, 'Error: Specified qdisc kind is unknown.');
  const limit = hasStrictLimit(kind) ? limitOf(settings) : undefined;
  if (Number.isNaN(limit)) return failed(1, 'Illegal "limit"');
  const { queue } = networkInterface;
  const own = queue.kind === kind ? queue.handle : nextHandle(host);
  const wanted = { kind, handle: handle ?? own, limit, settings: '' };
  try {
    changeQueue(host, networkInterface, wanted, settings, now);
    return done();
  } catch (error) {
    if (error instanceof WordError) return failed(1, error.message);
    throw error;
  }
}

/** Handles that nobody asks for count up from 8001. */
function nextHandle({ interfaces }: Host): number {
  return Math.max(0x8000, ...interfaces.map(({ queue }) => queue.handle)) + 1;
}

/**
 * Where the kind stays, what waits goes on waiting by the new settings.
 *
 * @throws WordError for settings that it has not
 */
function changeQueue(
  host: Host,
  networkInterface: NetworkInterface,
  queue: QueueDiscipline,
  settings: readonly string[],
  now: Instant,
): void {
  const random = (): number => host.choices.chance();
  const { egress, queue: before } = networkInterface;
  if (queue.kind === 'netem') {
    const netem = new Netem(readNetem(settings), random);
    const shown = { ...queue, settings: printNetem(netem.options) };
    if (egress instanceof EmulatedEgress) {
      egress.netem = netem; // what is on its way stays on it
      networkInterface.queue = shown;
    } else {
      networkInterface.changeQueue(shown, (device) => new EmulatedEgress(netem, device), now);
    }
  } else if (isPacketQueue(queue.kind) && queue.limit !== 0) {
    const setup = readQueue([queue.kind, ...settings]);
    const shown = { ...queue, settings: setup.settings };
    if (egress instanceof QueuedEgress && before.kind === queue.kind) {
      egress.change((onDrop) => setup.make(random, onDrop), now);
      networkInterface.queue = shown;
    } else {
      const make = (onDrop: OnQueueDrop) => setup.make(random, onDrop);
      networkInterface.changeQueue(shown, (device) => new QueuedEgress(make, device), now);
    }
  } else {
    const bound = queue.limit === undefined ? '' : `limit ${queue.limit}p`;
    networkInterface.changeQueue({ ...queue, settings: bound }, undefined, now);
  }
}

/** The bound, when one is given; NaN for one that is no number. */
function limitOf(settings: readonly string[]): number | undefined {
  const at = settings.indexOf('limit');
  if (at < 0) return undefined;
  const text = settings[at + 1] ?? '';
  return readSize(text) ?? Number.NaN;
}
