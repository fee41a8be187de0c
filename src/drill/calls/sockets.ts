/** Calls that make sockets, connect them, and end them. */
import type { CallContext } from '../run/live.ts';
import { readAddress } from './addresses.ts';
import type { ArgumentReader } from './arguments.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { making, plain } from './plan.ts';
import { ADDRESS_FAMILY } from '../../stack/index.ts';

export const SOCKET_CALLS: CallFamily = {
  socket: { fewest: 3, most: 3, plan: socket },
  bind: { fewest: 3, most: 3, plan: bind },
  listen: { fewest: 2, most: 2, plan: listen },
  accept: { fewest: 3, most: 3, plan: accept },
  accept4: { fewest: 4, most: 4, plan: accept },
  connect: { fewest: 3, most: 3, plan: connect },
  shutdown: { fewest: 2, most: 2, plan: shutdown },
  close: { fewest: 1, most: 1, plan: close },
};

function socket(args: ArgumentReader, context: CallContext): CallPlan {
  const domain = readDomain(args, context);
  const type = args.integer(1);
  const protocol = args.integer(2);
  return making(() => ({ name: 'socket', domain, type, protocol }));
}

/** `...` leaves the choice to the mode that the script runs in. */
function readDomain(args: ArgumentReader, context: CallContext): 'AF_INET' | 'AF_INET6' {
  const expression = args.at(0);
  if (expression.kind === 'ellipsis') return context.domain;
  const wanted = 'a domain: ..., AF_INET or AF_INET6';
  const family = args.integer(0, wanted);
  if (family === ADDRESS_FAMILY.AF_INET6) return 'AF_INET6';
  if (family !== ADDRESS_FAMILY.AF_INET) args.refuse(expression, args.what(0), wanted);
  return 'AF_INET';
}

function bind(args: ArgumentReader, context: CallContext): CallPlan {
  const fd = args.descriptor(0);
  const address = readAddress(args, 1, context.bindAddress);
  args.ignored(2, "the address's length: ... or a number");
  return plain((fdOf) => ({ name: 'bind', fd: fdOf(fd), address }));
}

function listen(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const backlog = args.integer(1);
  return plain((fdOf) => ({ name: 'listen', fd: fdOf(fd), backlog }));
}

/** The peer's address is not compared: the tool chose its port. */
function accept(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  args.isNull(1, 'room for an address: ... or NULL');
  args.ignored(2, "the address's length: ..., NULL or [length]");
  const flags = args.count > 3 ? args.integer(3) : 0;
  return making((fdOf) => ({ name: 'accept', fd: fdOf(fd), flags }));
}

function connect(args: ArgumentReader, context: CallContext): CallPlan {
  const fd = args.descriptor(0);
  const address = readAddress(args, 1, context.connectAddress);
  args.ignored(2, "the address's length: ... or a number");
  return plain((fdOf) => ({ name: 'connect', fd: fdOf(fd), address }));
}

function shutdown(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const how = args.integer(1);
  return plain((fdOf) => ({ name: 'shutdown', fd: fdOf(fd), how }));
}

function close(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  return plain((fdOf) => ({ name: 'close', fd: fdOf(fd) }));
}
