/** poll and epoll: which files are ready, in the script's own names. */
import type { EpollEvent } from '../../stack/index.ts';
import { EPOLL, POLL } from '../../stack/index.ts';
import type { Mismatch } from '../run/live.ts';
import type { Expression } from '../syntax/script.ts';
import type { ArgumentReader } from './arguments.ts';
import { isNull } from './arguments.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { differing, making, nothingWritten, plain, writing } from './plan.ts';
import { printFlags } from './symbols.ts';

export const POLLING_CALLS: CallFamily = {
  poll: { fewest: 3, most: 3, plan: poll },
  epoll_create: { fewest: 1, most: 1, plan: epollCreate },
  epoll_create1: { fewest: 1, most: 1, plan: epollCreate1 },
  epoll_ctl: { fewest: 4, most: 4, plan: epollCtl },
  epoll_wait: { fewest: 4, most: 4, plan: epollWait },
};

/** poll([{fd=4, events=POLLIN, revents=0}], 1, 0). */
function poll(args: ArgumentReader): CallPlan {
  const what = args.what(0);
  const wanted = 'an array of files: [{fd=…, events=…, revents=…}, …]';
  const list = args.at(0);
  const requests = args.array(list, what, wanted).map((item, at) => {
    const name = `element ${at} of ${what}`;
    const fields = args.fields(item, name, wanted, ['fd', 'events', 'revents']);
    const fd = args.descriptorOf(args.required(fields, 'fd', item, name), `fd of ${name}`);
    const wish = args.required(fields, 'events', item, name);
    const events = args.integerOf(wish, `events of ${name}`, 'events: POLLIN …');
    const revents = fields.get('revents');
    const expected =
      revents === undefined
        ? 0
        : args.integerOf(revents.value, `revents of ${name}`, 'events: POLLIN …');
    return { fd, events, expected };
  });
  const count = args.integer(1);
  if (count !== requests.length) {
    args.fail(
      args.at(1).place,
      `${args.what(1)} counts ${count} files, but there are ${requests.length}`,
    );
  }
  const timeout = args.integer(2, 'milliseconds');
  return writing(
    (fdOf) => ({
      name: 'poll',
      requests: requests.map(({ fd, events }) => ({ fd: fdOf(fd), events })),
      timeout,
    }),
    ({ written }) =>
      requests.flatMap(({ expected }, at) => {
        const field = `revents[${at}]`;
        const text = printFlags(expected, POLL);
        const revents = written?.kind === 'poll' ? written.revents[at] : undefined;
        if (revents === undefined) return nothingWritten(field, text);
        return differing(field, text, printFlags(revents, POLL));
      }),
  );
}

function epollCreate(args: ArgumentReader): CallPlan {
  const size = args.integer(0);
  return making(() => ({ name: 'epoll_create', size }));
}

/** Without a size, which means nothing today, and with flags, which mean nothing here. */
function epollCreate1(args: ArgumentReader): CallPlan {
  args.integer(0, 'flags: 0 or EPOLL_CLOEXEC');
  return making(() => ({ name: 'epoll_create', size: 1 }));
}

const WANTED_EVENT = 'an event: {events=…, fd=…}, or ptr, u32 or u64 in place of fd';

/** The members of `epoll_data_t`, and how much of it each of them is. */
const MEMBERS = { fd: 32, u32: 32, u64: 64, ptr: 64 } as const;
type Member = keyof typeof MEMBERS;

/** A `struct epoll_event` of a script. */
interface ScriptEvent {
  readonly events: number;
  readonly member: Member;
  readonly data: bigint;
}

/**
 * What is in `data` stays the script's: the kernel hands it back as it is, so that a descriptor
 * needs no real one there.
 */
function readEvent(args: ArgumentReader, expression: Expression, what: string): ScriptEvent {
  const fields = args.fields(expression, what, WANTED_EVENT, ['events', ...Object.keys(MEMBERS)]);
  const wish = args.required(fields, 'events', expression, what);
  const events = args.integerOf(wish, `events of ${what}`, 'events: EPOLLIN …');
  const members = (Object.keys(MEMBERS) as Member[]).filter((name) => fields.has(name));
  const [member = 'fd'] = members;
  if (members.length !== 1) args.fail(expression.place, `${what} is ${WANTED_EVENT}`);
  const value = fields.get(member)?.value;
  const data = value === undefined ? 0n : args.longOf(value, `${member} of ${what}`);
  return { events, member, data: BigInt.asUintN(MEMBERS[member], data) };
}

function epollCtl(args: ArgumentReader): CallPlan {
  const epoll = args.descriptor(0);
  const operation = args.integer(1, 'EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL');
  const fd = args.descriptor(2);
  const expression = args.at(3);
  const event: EpollEvent | undefined = isNull(expression)
    ? undefined
    : readEvent(args, expression, args.what(3));
  return plain((fdOf) => ({
    name: 'epoll_ctl',
    epoll: fdOf(epoll),
    operation,
    fd: fdOf(fd),
    event: event && { events: event.events >>> 0, data: event.data },
  }));
}

/** epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0), or an array of all that should come. */
function epollWait(args: ArgumentReader): CallPlan {
  const epoll = args.descriptor(0);
  const list = args.at(1);
  const items =
    list.kind === 'array' ? args.array(list, args.what(1), `[${WANTED_EVENT}]`) : [list];
  const expected = items.map((item) => readEvent(args, item, args.what(1)));
  const maximum = args.integer(2);
  const timeout = args.integer(3, 'milliseconds');
  return writing(
    (fdOf) => ({ name: 'epoll_wait', epoll: fdOf(epoll), maximum, timeout }),
    ({ written }) => {
      const events = written?.kind === 'epoll' ? written.events : [];
      return expected.flatMap((event, at) => compareEvent(`events[${at}]`, event, events[at]));
    },
  );
}

/** Where no event came, none was expected when `events` is 0, whatever stands beside it. */
function compareEvent(
  field: string,
  expected: ScriptEvent,
  actual: EpollEvent | undefined,
): readonly Mismatch[] {
  const { member } = expected;
  const events = differing(
    `${field}.events`,
    printFlags(expected.events, EPOLL),
    printFlags(actual?.events ?? 0, EPOLL),
  );
  if (actual === undefined) return events;
  const data = BigInt.asUintN(MEMBERS[member], actual.data);
  return [...events, ...differing(`${field}.${member}`, String(expected.data), String(data))];
}
