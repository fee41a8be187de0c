/**
 * Reading and writing octets. All that a script sends is zeros; of what it reads only the number
 * of octets is told by the result.
 */
import type { OutgoingMessage, UserMemory } from '../../stack/index.ts';
import type { CallContext } from '../run/live.ts';
import type { Expression } from '../syntax/script.ts';
import { readAddress } from './addresses.ts';
import type { ArgumentReader } from './arguments.ts';
import { isNull, LONGEST_SEND } from './arguments.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { plain } from './plan.ts';

export const TRANSFER_CALLS: CallFamily = {
  read: { fewest: 3, most: 3, plan: receive },
  recv: { fewest: 4, most: 4, plan: receive },
  recvfrom: { fewest: 6, most: 6, plan: receive },
  readv: { fewest: 3, most: 3, plan: readv },
  write: { fewest: 3, most: 3, plan: send },
  send: { fewest: 4, most: 4, plan: send },
  sendto: { fewest: 6, most: 6, plan: send },
  writev: { fewest: 3, most: 3, plan: writev },
};

/** One `struct iovec` of a script: memory is made when the call is. */
export interface IoVector {
  readonly isNull: boolean;
  readonly length: number;
}

/** read(fd, buffer, length), recv with flags behind it, recvfrom with room for an address too. */
function receive(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const buffer = { isNull: args.isNull(1), length: args.length(2) };
  const flags = args.count > 3 ? args.integer(3) : 0;
  if (args.count > 4) {
    args.isNull(4, 'room for an address: ... or NULL');
    args.ignored(5, "the address's length: ..., NULL or [length]");
  }
  return plain((fdOf) => ({
    name: 'receive',
    fd: fdOf(fd),
    lengths: [buffer.length],
    isPointerInvalid: leadsNowhere(buffer),
    flags,
    wantsControl: false,
  }));
}

function readv(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const buffers = readBuffers(args, args.at(1), args.what(1), args.at(2), args.what(2));
  return plain((fdOf) => ({
    name: 'receive',
    fd: fdOf(fd),
    lengths: buffers.map((it) => it.length),
    isPointerInvalid: buffers.some(leadsNowhere),
    flags: 0,
    wantsControl: false,
  }));
}

/** write(fd, buffer, length), send with flags behind it, sendto with an address too. */
function send(args: ArgumentReader, context: CallContext): CallPlan {
  const fd = args.descriptor(0);
  const buffer = { isNull: args.isNull(1), length: args.sendLength(2) };
  const flags = args.count > 3 ? args.integer(3) : 0;
  let address: OutgoingMessage['address'];
  if (args.count > 4) {
    const given = readAddress(args, 4, context.connectAddress);
    address = given === 'invalid-pointer' ? undefined : given; // NULL is no address at all
    args.ignored(5, "the address's length: ... or a number");
  }
  return plain((fdOf) => ({
    name: 'send',
    fd: fdOf(fd),
    message: { address, buffers: [zeros(buffer)], control: [] },
    flags,
  }));
}

function writev(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const buffers = readBuffers(args, args.at(1), args.what(1), args.at(2), args.what(2));
  return plain((fdOf) => ({
    name: 'send',
    fd: fdOf(fd),
    message: { address: undefined, buffers: buffers.map(zeros), control: [] },
    flags: 0,
  }));
}

/** `[{..., 10}, {..., 20}]`, and how many there are. */
export function readBuffers(
  args: ArgumentReader,
  list: Expression,
  listName: string,
  count: Expression,
  countName: string,
): readonly IoVector[] {
  const items = args.array(list, listName, 'an array of buffers: [{..., length}, …]');
  const buffers = items.map((item) => readBuffer(args, item, listName));
  const said = args.integerOf(count, countName, 'the number of buffers');
  if (said !== buffers.length) {
    args.fail(count.place, `${countName} counts ${said} buffers, but there are ${buffers.length}`);
  }
  if (buffers.reduce((sum, it) => sum + it.length, 0) > LONGEST_SEND) {
    args.fail(list.place, `${listName} is more than ${LONGEST_SEND} octets`);
  }
  return buffers;
}

function readBuffer(args: ArgumentReader, expression: Expression, what: string): IoVector {
  const name = `a buffer of ${what}`;
  const [base, length, ...more] = expression.kind === 'struct' ? expression.fields : [];
  if (base === undefined || length === undefined || more.length > 0) {
    args.refuse(expression, name, '{..., length}');
    return { isNull: false, length: 0 };
  }
  if (base.value.kind !== 'ellipsis' && !isNull(base.value)) {
    args.refuse(base.value, name, '{..., length}');
  }
  return {
    isNull: base.value.kind !== 'ellipsis',
    length: args.lengthOf(length.value, `the length of ${name}`, LONGEST_SEND),
  };
}

/** NULL is harmless where nothing is transferred. */
export function leadsNowhere(buffer: IoVector): boolean {
  return buffer.isNull && buffer.length > 0;
}

export function zeros(buffer: IoVector): UserMemory {
  return leadsNowhere(buffer) ? 'invalid-pointer' : new Uint8Array(buffer.length);
}
