/**
 * The control messages of recvmsg, as scripts expect them and as stacks deliver them: the one in
 * `msg_control` after the other, in order.
 *
 *     {cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=9000}
 *     {cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec=10000000}}
 *     {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=4, …}}
 *     {cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING_OPT_STATS, cmsg_data={TCP_NLA_SRTT=…, …}}
 */
import type { ControlMessage } from '../../stack/index.ts';
import type { CallContext, Live, Mismatch } from '../run/live.ts';
import type { Expression, Microseconds } from '../syntax/script.ts';
import type { ArgumentReader } from './arguments.ts';
import { differing } from './plan.ts';
import { errnoOf, messageTypeName } from './symbols.ts';

/** A control message that a script expects. */
export interface ExpectedControl {
  readonly level: string;
  readonly type: string;
  readonly data: ExpectedData;
}

type ExpectedData =
  | Extract<ControlMessage['data'], { kind: 'int' | 'extended-error' }>
  /** A time of the script; `undefined` is not compared. */
  | { readonly kind: 'timestamping'; readonly at: Microseconds | undefined }
  /** A value that is `undefined` is not compared. */
  | {
      readonly kind: 'statistics';
      readonly statistics: readonly (readonly [name: string, value: bigint | undefined])[];
    };

const FIELDS = ['cmsg_level', 'cmsg_type', 'cmsg_data'];
const TIME_FIELDS = ['scm_sec', 'scm_nsec'];
const ERROR_FIELDS = ['ee_errno', 'ee_origin', 'ee_type', 'ee_code', 'ee_info', 'ee_data'];
const WANTED = 'a control message: {cmsg_level=…, cmsg_type=…, cmsg_data=…}';
const WANTED_DATA = 'a number, {scm_sec=…, scm_nsec=…}, {ee_errno=…, …} or {TCP_NLA_…=…, …}';

/** Lengths of time among the statistics, which differ by as much as a packet's time may. */
const TIMES = new Set(['TCP_NLA_BUSY', 'TCP_NLA_RWND_LIMITED', 'TCP_NLA_SNDBUF_LIMITED']);

/** `[{cmsg_level=…, …}, …]`. */
export function readControl(
  args: ArgumentReader,
  expression: Expression,
  what: string,
): readonly ExpectedControl[] {
  return args
    .array(expression, what, `an array of control messages: [{…}, …]`)
    .map((item, at) => readMessage(args, item, `msg_control[${at}] of ${args.spec.name}`));
}

function readMessage(args: ArgumentReader, item: Expression, what: string): ExpectedControl {
  const fields = args.fields(item, what, WANTED, FIELDS);
  const level = args.levelOf(
    args.required(fields, 'cmsg_level', item, what),
    `cmsg_level of ${what}`,
  );
  const typed = args.required(fields, 'cmsg_type', item, what);
  const type =
    typed.kind === 'word'
      ? typed.word
      : String(args.integerOf(typed, `cmsg_type of ${what}`, 'the type of a control message'));
  const data = args.required(fields, 'cmsg_data', item, what);
  return {
    level,
    type: messageTypeName(level, type),
    data: readData(args, data, `cmsg_data of ${what}`),
  };
}

function readData(args: ArgumentReader, data: Expression, what: string): ExpectedData {
  if (data.kind !== 'struct') {
    return { kind: 'int', value: args.integerOf(data, what, WANTED_DATA) };
  }
  const first = data.fields[0]?.name ?? '';
  if (TIME_FIELDS.includes(first)) return readTime(args, data, what);
  if (ERROR_FIELDS.includes(first)) return readExtendedError(args, data, what);
  const fields = args.fields(data, what, WANTED_DATA, undefined);
  const statistics = [...fields.values()].map(({ name = '', value }) => {
    if (!/^TCP_NLA_[A-Z_]+$/.test(name)) {
      args.fail(value.place, `${what} is ${WANTED_DATA}; it has no field ${name}`);
    }
    const number = value.kind === 'ellipsis' ? undefined : args.longOf(value, `${name} of ${what}`);
    return [name, number] as const;
  });
  return { kind: 'statistics', statistics };
}

/** A time of the script; 0,0 says that there is a time, and no more. */
function readTime(args: ArgumentReader, data: Expression, what: string): ExpectedData {
  const fields = args.fields(data, what, '{scm_sec=…, scm_nsec=…}', TIME_FIELDS);
  const [seconds = 0, nanoseconds = 0] = TIME_FIELDS.map((name) =>
    args.integerOf(args.required(fields, name, data, what), `${name} of ${what}`),
  );
  const isCompared = seconds !== 0 || nanoseconds !== 0;
  const at = seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
  return { kind: 'timestamping', at: isCompared ? at : undefined };
}

function readExtendedError(args: ArgumentReader, data: Expression, what: string): ExpectedData {
  const fields = args.fields(data, what, '{ee_errno=…, ee_origin=…, …}', ERROR_FIELDS);
  const [errno = 0, origin = 0, type = 0, code = 0, info = 0, more = 0] = ERROR_FIELDS.map((name) =>
    args.integerOf(args.required(fields, name, data, what), `${name} of ${what}`),
  );
  const name = errnoOf(errno);
  if (errno !== 0 && name === undefined) {
    args.fail(data.place, `ee_errno of ${what} is the number of an error, not ${errno}`);
  }
  return {
    kind: 'extended-error',
    error: { errno: name, origin, type, code, info, data: more },
  };
}

/** What differs between the messages expected and those that came. */
export function compareControl(
  expected: readonly ExpectedControl[],
  actual: readonly ControlMessage[],
  context: CallContext,
  live: Live,
): readonly Mismatch[] {
  if (expected.length !== actual.length) {
    const wanted = expected.map((it) => printMessage(it.level, it.type, printExpected(it.data)));
    const found = actual.map((it) => printMessage(it.level, it.type, printActual(it, live)));
    return [
      {
        field: 'msg_control',
        expected: `[${wanted.join(', ')}]`,
        actual: `[${found.join(', ')}]`,
      },
    ];
  }
  return expected.flatMap((message, at) => {
    const found = actual[at];
    if (found === undefined) return [];
    const field = `msg_control[${at}]`;
    return [
      ...differing(`${field}.cmsg_level`, message.level, found.level),
      ...differing(`${field}.cmsg_type`, message.type, messageTypeName(found.level, found.type)),
      ...compareData(`${field}.cmsg_data`, message.data, found, context, live),
    ];
  });
}

function compareData(
  field: string,
  expected: ExpectedData,
  message: ControlMessage,
  context: CallContext,
  live: Live,
): readonly Mismatch[] {
  const { data } = message;
  const whole = [{ field, expected: printExpected(expected), actual: printActual(message, live) }];
  switch (expected.kind) {
    case 'int':
      if (data.kind !== 'int') return whole;
      return (data.value | 0) === (expected.value | 0) ? [] : whole;
    case 'timestamping': {
      if (data.kind !== 'timestamping') return whole;
      if (expected.at === undefined) return [];
      const off = Math.abs(live.scriptTimeOf(data.seconds, data.nanoseconds) - expected.at);
      return off <= context.toleranceOf(live.now - live.previousEvent) ? [] : whole;
    }
    case 'extended-error': {
      if (data.kind !== 'extended-error') return whole;
      const wanted = errorFields(expected.error);
      const found = errorFields(data.error);
      return ERROR_FIELDS.flatMap((name) =>
        differing(`${field}.${name}`, wanted[name] ?? '', found[name] ?? ''),
      );
    }
    case 'statistics': {
      if (data.kind !== 'statistics') return whole;
      const names = Object.keys(data.statistics);
      const isSameOrder = expected.statistics.every(([name], at) => names[at] === name);
      if (!isSameOrder || names.length !== expected.statistics.length) return whole;
      const tolerance = context.toleranceOf(live.now - live.previousEvent);
      return expected.statistics.flatMap(([name, value]) =>
        compareStatistic(`${field}.${name}`, name, value, data.statistics[name] ?? 0, tolerance),
      );
    }
  }
}

/** A time that should be 0 is 0 exactly. */
function compareStatistic(
  field: string,
  name: string,
  expected: bigint | undefined,
  actual: number,
  tolerance: Microseconds,
): readonly Mismatch[] {
  if (expected === undefined) return [];
  const off = Math.abs(Number(expected) - actual);
  if (TIMES.has(name) && expected !== 0n && off <= tolerance) return [];
  return differing(field, String(expected), String(actual));
}

type ErrorFields = Extract<ControlMessage['data'], { kind: 'extended-error' }>['error'];

/** The fields by their C names, as numbers but for the error. */
function errorFields(error: ErrorFields): Readonly<Record<string, string>> {
  return {
    ee_errno: error.errno ?? '0',
    ee_origin: String(error.origin),
    ee_type: String(error.type),
    ee_code: String(error.code),
    ee_info: String(error.info >>> 0),
    ee_data: String(error.data >>> 0),
  };
}

function printMessage(level: string, type: string, data: string): string {
  return `{cmsg_level=${level}, cmsg_type=${type}, cmsg_data=${data}}`;
}

function printExpected(data: ExpectedData): string {
  switch (data.kind) {
    case 'int':
      return String(data.value);
    case 'timestamping':
      return printTime(data.at ?? 0);
    case 'extended-error':
      return printFields(Object.entries(errorFields(data.error)));
    case 'statistics':
      return printFields(data.statistics.map(([name, value]) => [name, value ?? '...']));
  }
}

function printActual({ data }: ControlMessage, live: Live): string {
  switch (data.kind) {
    case 'int':
      return String(data.value);
    case 'timestamping':
      return printTime(live.scriptTimeOf(data.seconds, data.nanoseconds));
    case 'extended-error':
      return printFields(Object.entries(errorFields(data.error)));
    case 'statistics':
      return printFields(Object.entries(data.statistics));
  }
}

function printTime(at: Microseconds): string {
  const seconds = Math.floor(at / 1_000_000);
  return `{scm_sec=${seconds}, scm_nsec=${(at - seconds * 1_000_000) * 1000}}`;
}

function printFields(fields: readonly (readonly [string, string | number | bigint])[]): string {
  return `{${fields.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
}
