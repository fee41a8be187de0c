/** Calls that files of every kind know: open, pipe, splice, sendfile, fcntl, ioctl. */
import type { ArgumentReader } from './arguments.ts';
import { isNull } from './arguments.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { differing, making, nothingWritten, plain, writing } from './plan.ts';

export const FILE_CALLS: CallFamily = {
  open: { fewest: 2, most: 3, plan: open },
  pipe: { fewest: 1, most: 1, plan: pipe },
  splice: { fewest: 6, most: 6, plan: splice },
  sendfile: { fewest: 4, most: 4, plan: sendfile },
  fcntl: { fewest: 2, most: 3, plan: fcntl },
  ioctl: { fewest: 2, most: 3, plan: ioctl },
};

function open(args: ArgumentReader): CallPlan {
  const expression = args.at(0);
  const flags = args.integer(1);
  if (args.count > 2) args.integer(2, "the new file's mode");
  let path = '';
  if (expression.kind === 'string' && !expression.isOpen) {
    path = Array.from(expression.bytes, (octet) => String.fromCharCode(octet)).join('');
  } else {
    args.refuse(expression, args.what(0), 'a path: "/tmp/file"');
  }
  return making(() => ({ name: 'open', path, flags }));
}

/** pipe([5, 6]): the script's names of the reading and of the writing end. */
function pipe(args: ArgumentReader): CallPlan {
  const wanted = 'two names of descriptors: [reading, writing]';
  const items = args.array(args.at(0), args.what(0), wanted);
  const [reading = -1, writingEnd = -1] = items.map((it) => args.integerOf(it, args.what(0)));
  if (args.error === undefined && items.length !== 2) {
    args.fail(args.at(0).place, `${args.what(0)} is ${wanted}, not ${items.length}`);
  }
  return {
    ...plain(() => ({ name: 'pipe' })),
    openedBeside: ({ written }) => {
      if (written?.kind !== 'pipe') return [];
      return [
        { scriptFd: reading, fd: written.ends[0] },
        { scriptFd: writingEnd, fd: written.ends[1] },
      ];
    },
    compareWritten: ({ written }) =>
      written?.kind === 'pipe' ? [] : nothingWritten('ends', `[${reading}, ${writingEnd}]`),
  };
}

/** splice(in, NULL, out, NULL, length, flags): sockets and pipes have no offsets. */
function splice(args: ArgumentReader): CallPlan {
  const from = args.descriptor(0);
  const to = args.descriptor(2);
  for (const index of [1, 3]) {
    if (!isNull(args.at(index))) args.refuse(args.at(index), args.what(index), 'NULL');
  }
  const length = args.length(4);
  const flags = args.integer(5);
  return plain((fdOf) => ({ name: 'splice', from: fdOf(from), to: fdOf(to), length, flags }));
}

/** The script writes the offset to begin at; the call leaves the one behind what it sent. */
function sendfile(args: ArgumentReader): CallPlan {
  const to = args.descriptor(0);
  const from = args.descriptor(1);
  const length = args.length(3);
  const expression = args.at(2);
  let offset: number | undefined;
  if (!isNull(expression)) {
    const item = args.pointed(expression, args.what(2), 'an offset: [offset] or NULL');
    const value = item === undefined ? 0n : args.longOf(item, args.what(2));
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      args.fail(expression.place, `${args.what(2)} is an offset of 0 to 2^53 - 1, not ${value}`);
    }
    offset = Number(value);
  }
  return writing(
    (fdOf) => ({ name: 'sendfile', to: fdOf(to), from: fdOf(from), offset, length }),
    ({ returned, written }) => {
      if (offset === undefined) return [];
      const expected = `[${offset + returned}]`;
      if (written?.kind !== 'offset') return nothingWritten('offset', expected);
      return differing('offset', expected, `[${written.offset}]`);
    },
  );
}

function fcntl(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const command = args.integer(1);
  const argument = args.count > 2 ? args.integer(2) : 0;
  return plain((fdOf) => ({ name: 'fcntl', fd: fdOf(fd), command, argument }));
}

/**
 * ioctl(4, SIOCINQ, [1000]): the number is what the call should write, but for FIONBIO, which
 * reads it.
 */
function ioctl(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const request = args.ioctlRequest(1);
  let value: number | undefined;
  if (args.count > 2 && args.at(2).kind !== 'ellipsis') {
    const item = args.pointed(args.at(2), args.what(2), 'a pointer to a number: [number]');
    value = item === undefined ? undefined : args.integerOf(item, args.what(2));
  }
  if (request === 'FIONBIO') {
    return plain((fdOf) => ({ name: 'ioctl', fd: fdOf(fd), request, argument: value }));
  }
  return writing(
    (fdOf) => ({ name: 'ioctl', fd: fdOf(fd), request }),
    ({ written }) => {
      if (value === undefined) return [];
      if (written?.kind !== 'int') return nothingWritten('value', `[${value}]`);
      return differing('value', `[${value | 0}]`, `[${written.value | 0}]`);
    },
  );
}
