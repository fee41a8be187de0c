/** `tc qdisc`: which queue an interface has (tc(8)). */
import type { Host } from '../host.ts';
import type { NetworkInterface } from '../interface.ts';
import type { Instant } from '../time.ts';
import {
  type Device,
  type Egress,
  EmulatedEgress,
  QueuedEgress,
} from '../traffic-control/egress.ts';
import { Netem } from '../traffic-control/netem.ts';
import { printNetem, readNetem } from '../traffic-control/netem-words.ts';
import { isPacketQueue, readQueue } from '../traffic-control/queue-words.ts';
import { readSize, WordError } from '../traffic-control/words.ts';
import {
  DEFAULT_QUEUE,
  hasStrictLimit,
  isQueueKind,
  type QueueDiscipline,
} from '../queue-discipline.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

const VERBS = ['add', 'replace', 'change', 'delete', 'del', 'show', 'list'];

export function tc({ host, now }: CommandContext, words: readonly string[]): CommandOutcome {
  const [object = '', verb = 'show', ...operands] = words.filter((word) => !word.startsWith('-'));
  if (object !== 'qdisc') return failed(1, `Object "${object}" is unknown here, only "qdisc" is.`);
  if (!VERBS.includes(verb)) return failed(1, `Command "${verb}" is unknown, try "tc qdisc help".`);
  const at = operands.indexOf('dev');
  const name = operands[at + 1];
  if (verb === 'show' || verb === 'list') return done(printQueues(host));
  if (at < 0 || name === undefined) return failed(255, '"dev" is required');
  const networkInterface = host.portNamed(name)?.interface;
  if (networkInterface === undefined) return failed(1, `Cannot find device "${name}"`);
  const isDefault = networkInterface.queue === DEFAULT_QUEUE;
  if (verb === 'delete' || verb === 'del') {
    if (isDefault) return failed(2, 'Error: Cannot delete qdisc with handle of zero.');
    networkInterface.changeQueue(DEFAULT_QUEUE, undefined, now);
    return done();
  }
  if (verb === 'add' && !isDefault) {
    return failed(2, 'Error: Exclusivity flag on, cannot modify.');
  }
  if (verb === 'change' && isDefault) {
    return failed(2, 'Error: Qdisc not found. To create specify NLM_F_CREATE flag.');
  }
  const asked = operands.filter((_, i) => i !== at && i !== at + 1);
  const rest = asked.filter((word, i) => word !== 'root' && !isHandle(asked, i));
  const [kind = '', ...settings] = rest;
  if (!isQueueKind(kind)) return failed(2, `Error: Specified qdisc kind is unknown: "${kind}".`);
  const limit = hasStrictLimit(kind) ? limitOf(settings) : undefined;
  if (Number.isNaN(limit)) return failed(1, 'Illegal "limit"');
  try {
    const queue = { kind, limit };
    changeQueue(host, networkInterface, queue, settings, now);
    return done();
  } catch (error) {
    if (error instanceof WordError) return failed(1, error.message);
    throw error;
  }
}

/** Has packets wait as the discipline says. @throws WordError for settings that it has not */
function changeQueue(
  host: Host,
  networkInterface: NetworkInterface,
  queue: QueueDiscipline,
  settings: readonly string[],
  now: Instant,
): void {
  const random = (): number => host.choices.chance();
  const { egress } = networkInterface;
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
    const make = readQueue([queue.kind, ...settings]);
    const egressTo = (device: Device): Egress =>
      new QueuedEgress(
        make(random, (frame, why, at) => device.drop(frame, why, at)),
        device,
      );
    networkInterface.changeQueue(queue, egressTo, now);
  } else networkInterface.changeQueue(queue, undefined, now);
}

/** `handle 1:` and `parent 1:1` say where in a tree of queues it hangs: there is one. */
function isHandle(words: readonly string[], i: number): boolean {
  const isName = (word: string | undefined): boolean => word === 'handle' || word === 'parent';
  return isName(words[i]) || isName(words[i - 1]);
}

/** The bound, when one is given; NaN for one that is no number. */
function limitOf(settings: readonly string[]): number | undefined {
  const at = settings.indexOf('limit');
  if (at < 0) return undefined;
  const text = settings[at + 1] ?? '';
  return readSize(text) ?? Number.NaN;
}

const NO_QUEUE: QueueDiscipline = { kind: 'noqueue', limit: undefined };

function printQueues(host: CommandContext['host']): string {
  return host.interfaces
    .map(({ name, loopback, queue }) => {
      const { kind, limit, settings } = loopback ? NO_QUEUE : queue;
      const bound = limit === undefined ? '' : ` limit ${limit}${kind === 'bfifo' ? 'b' : 'p'}`;
      const rest = settings === undefined ? '' : ` ${settings}`;
      return `qdisc ${kind} 0: dev ${name} root refcnt 2${bound}${rest}\n`;
    })
    .join('');
}
