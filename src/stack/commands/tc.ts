/** `tc qdisc`: which queue an interface has (tc(8)). */
import {
  DEFAULT_QUEUE,
  hasStrictLimit,
  isQueueKind,
  type QueueDiscipline,
} from '../queue-discipline.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

const VERBS = ['add', 'replace', 'change', 'delete', 'del', 'show', 'list'];

export function tc({ host }: CommandContext, words: readonly string[]): CommandOutcome {
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
    networkInterface.queue = DEFAULT_QUEUE;
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
  const limit = limitOf(settings);
  if (Number.isNaN(limit)) return failed(1, 'Illegal "limit"');
  networkInterface.queue = { kind, limit: hasStrictLimit(kind) ? limit : undefined };
  return done();
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
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

const NO_QUEUE: QueueDiscipline = { kind: 'noqueue', limit: undefined };

function printQueues(host: CommandContext['host']): string {
  return host.interfaces
    .map(({ name, loopback, queue }) => {
      const { kind, limit } = loopback ? NO_QUEUE : queue;
      const bound = limit === undefined ? '' : ` limit ${limit}p`;
      return `qdisc ${kind} 0: dev ${name} root refcnt 2${bound}\n`;
    })
    .join('');
}
