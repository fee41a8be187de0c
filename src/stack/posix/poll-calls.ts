/** poll(2): waits until one of several files has one of the events asked for (fs/select.c). */
import { SocketError } from '../errno.ts';
import { type Duration, type Instant, ms, NEVER } from '../time.ts';
import { type Attempt, succeed } from './attempt.ts';
import { POLL } from './constants.ts';
import type { FileTable, OpenDescription } from './file-table.ts';
import type { Call } from './socket-calls.ts';

const { POLLERR, POLLHUP, POLLNVAL } = POLL;

/** What is told without being asked for. */
const ALWAYS = POLLERR | POLLHUP;

/** A timeout in milliseconds as a length of time; a negative one is for ever. */
export function patienceOfTimeout(timeout: number): Duration {
  return timeout < 0 ? NEVER : ms(timeout);
}

export function poll(files: FileTable, call: Call<'poll'>): Attempt {
  const { requests } = call;
  if (requests.length > files.limit) throw new SocketError('EINVAL', 'poll');
  // The files of now: a descriptor that is closed and taken again meanwhile is not looked at.
  const polled = requests.map(({ fd, events }) => ({ fd, events, description: files.find(fd) }));
  return {
    waitsFor: [...new Set(polled.map(({ description }) => description))].filter(
      (description) => description !== undefined,
    ),
    patience: patienceOfTimeout(call.timeout),
    run: (_now: Instant, isLast) => {
      const revents = polled.map(({ fd, events, description }) =>
        fd < 0 ? 0 : eventsOf(description, events),
      );
      const count = revents.filter((events) => events !== 0).length;
      if (count === 0 && !isLast) return undefined;
      return succeed(count, { kind: 'poll', revents });
    },
  };
}

function eventsOf(description: OpenDescription | undefined, events: number): number {
  if (description === undefined) return POLLNVAL;
  return description.file.poll() & (events | ALWAYS);
}
