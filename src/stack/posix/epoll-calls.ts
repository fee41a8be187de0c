/** epoll_create, epoll_ctl and epoll_wait with Linux's order of checks (fs/eventpoll.c). */
import { SocketError } from '../errno.ts';
import type { Instant } from '../time.ts';
import { type Attempt, succeed } from './attempt.ts';
import { EPOLL_CTL, OPEN } from './constants.ts';
import { canBeWatched, Epoll } from './epoll.ts';
import { type FileTable, OpenDescription } from './file-table.ts';
import { patienceOfTimeout } from './poll-calls.ts';
import type { Call } from './socket-calls.ts';
import type { CallResult } from './system-call.ts';

/** epoll_wait gives no more at a time: EP_MAX_EVENTS, INT_MAX / sizeof(struct epoll_event). */
const MOST_EVENTS = Math.floor(0x7fff_ffff / 12);

export function epollCreate(files: FileTable, call: Call<'epoll_create'>): CallResult {
  if (call.size <= 0) throw new SocketError('EINVAL', 'epoll_create');
  return succeed(files.add('epoll_create', new OpenDescription(new Epoll(), OPEN.O_RDWR)));
}

export function epollControl(files: FileTable, call: Call<'epoll_ctl'>): CallResult {
  const { operation, event } = call;
  const isRemoval = operation === EPOLL_CTL.EPOLL_CTL_DEL;
  if (!isRemoval && event === undefined) throw new SocketError('EFAULT', 'epoll_ctl');
  const own = files.get(call.epoll, 'epoll_ctl');
  const target = files.get(call.fd, 'epoll_ctl');
  if (!canBeWatched(target.file)) throw new SocketError('EPERM', 'epoll_ctl');
  const { file: epoll } = own;
  if (own === target || !(epoll instanceof Epoll)) throw new SocketError('EINVAL', 'epoll_ctl');
  if (isRemoval) {
    epoll.remove(call.fd, target);
    return succeed(0);
  }
  if (event === undefined) throw new SocketError('EFAULT', 'epoll_ctl');
  const isModification = operation === EPOLL_CTL.EPOLL_CTL_MOD;
  if (!isModification && operation !== EPOLL_CTL.EPOLL_CTL_ADD) {
    throw new SocketError('EINVAL', 'epoll_ctl');
  }
  Epoll.checkExclusive(event, target.file, isModification);
  if (isModification) epoll.modify(call.fd, target, event);
  else epoll.add(call.fd, target, event);
  return succeed(0);
}

export function epollWait(files: FileTable, call: Call<'epoll_wait'>): Attempt {
  const description = files.get(call.epoll, 'epoll_wait');
  const { file: epoll } = description;
  const isCountPossible = call.maximum > 0 && call.maximum <= MOST_EVENTS;
  if (!isCountPossible || !(epoll instanceof Epoll)) throw new SocketError('EINVAL', 'epoll_wait');
  return {
    waitsFor: [description],
    patience: patienceOfTimeout(call.timeout),
    run: (_now: Instant, isLast) => {
      const events = epoll.take(call.maximum);
      if (events.length === 0 && !isLast) return undefined;
      return succeed(events.length, { kind: 'epoll', events });
    },
  };
}
