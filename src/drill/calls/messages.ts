/**
 * sendmsg and recvmsg: buffers with an address, flags and control messages.
 *
 *     {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[…]}
 */
import type { ControlMessage, OutgoingMessage } from '../../stack/index.ts';
import { MSG } from '../../stack/index.ts';
import type { CallContext } from '../run/live.ts';
import type { Expression, Field } from '../syntax/script.ts';
import { addressOf } from './addresses.ts';
import type { ArgumentReader } from './arguments.ts';
import type { ExpectedControl } from './control.ts';
import { compareControl, readControl } from './control.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { differing, nothingWritten, plain, writing } from './plan.ts';
import { printFlags } from './symbols.ts';
import type { IoVector } from './transfer.ts';
import { leadsNowhere, readBuffers, zeros } from './transfer.ts';

export const MESSAGE_CALLS: CallFamily = {
  sendmsg: { fewest: 3, most: 3, plan: sendmsg },
  recvmsg: { fewest: 3, most: 3, plan: recvmsg },
};

const FIELDS = ['msg_name', 'msg_iov', 'msg_flags', 'msg_control'];
const WANTED = 'a message: {msg_name(...)=..., msg_iov(1)=[{..., length}], msg_flags=0}';

/** A `struct msghdr` of a script. */
interface Message {
  readonly struct: Expression;
  readonly name: Field | undefined;
  readonly buffers: readonly IoVector[];
  readonly flags: number;
  readonly control: readonly ExpectedControl[];
}

function readMessage(args: ArgumentReader): Message {
  const struct = args.at(1);
  const what = args.what(1);
  const fields = args.fields(struct, what, WANTED, FIELDS);
  const iov = fields.get('msg_iov');
  const flags = fields.get('msg_flags');
  const control = fields.get('msg_control');
  const iovName = `msg_iov of ${what}`;
  if (iov !== undefined && iov.argument === undefined) {
    args.fail(iov.value.place, `${iovName} is msg_iov(COUNT)=[…]`);
  }
  return {
    struct,
    name: fields.get('msg_name'),
    buffers:
      iov?.argument === undefined
        ? []
        : readBuffers(args, iov.value, iovName, iov.argument, `the count of ${iovName}`),
    flags: flags === undefined ? 0 : args.integerOf(flags.value, `msg_flags of ${what}`),
    control:
      control === undefined ? [] : readControl(args, control.value, `msg_control of ${what}`),
  };
}

function sendmsg(args: ArgumentReader, context: CallContext): CallPlan {
  const fd = args.descriptor(0);
  const message = readMessage(args);
  const flags = args.integer(2);
  const what = args.what(1);
  let address: OutgoingMessage['address'];
  if (message.name !== undefined) {
    const name = `msg_name of ${what}`;
    const given = addressOf(args, message.name.value, name, context.connectAddress);
    address = given === 'invalid-pointer' ? undefined : given;
  }
  if (message.flags !== 0) {
    args.fail(message.struct.place, `msg_flags of ${what} means nothing to sendmsg: it is 0`);
  }
  const control = message.control.map((it) => outgoingControl(args, it, message.struct));
  return plain((fdOf) => ({
    name: 'send',
    fd: fdOf(fd),
    message: { address, buffers: message.buffers.map(zeros), control },
    flags,
  }));
}

/** Those that programs send carry a number. */
function outgoingControl(
  args: ArgumentReader,
  { level, type, data }: ExpectedControl,
  struct: Expression,
): ControlMessage {
  if (data.kind === 'int') return { level, type, data };
  args.fail(struct.place, `cmsg_data of ${args.what(1)} is a number where it is sent`);
  return { level, type, data: { kind: 'int', value: 0 } };
}

function recvmsg(args: ArgumentReader, context: CallContext): CallPlan {
  const fd = args.descriptor(0);
  const message = readMessage(args);
  const flags = args.integer(2);
  const expectedFlags = printFlags(message.flags, MSG);
  return writing(
    (fdOf) => ({
      name: 'receive',
      fd: fdOf(fd),
      lengths: message.buffers.map((it) => it.length),
      isPointerInvalid: message.buffers.some(leadsNowhere),
      flags,
      wantsControl: true,
    }),
    ({ written }, live) => {
      if (written?.kind !== 'message') return nothingWritten('msg_flags', expectedFlags);
      return [
        ...differing('msg_flags', expectedFlags, printFlags(written.flags, MSG)),
        ...compareControl(message.control, written.control, context, live),
      ];
    },
  );
}
