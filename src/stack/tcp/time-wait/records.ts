/** The records of a host: found by their four numbers, and each gone when its time is over. */
import type { IpAddress } from '../../../wire/index.ts';
import type { HostClock } from '../../clock.ts';
import { type Duration, type Instant, NEVER } from '../../time.ts';
import { ConnectionTable } from '../connection-table.ts';
import { TimeWaitQueue } from './queue.ts';
import type { TimeWaitRecord } from './record.ts';

export class TimeWaitRecords {
  readonly #clock: HostClock;
  readonly #table = new ConnectionTable<TimeWaitRecord>();
  /** One for each length of time. There are few: 2·MSL, and whole seconds for FIN-WAIT-2. */
  readonly #queues: TimeWaitQueue[] = [];

  constructor(clock: HostClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#table.size;
  }

  values(): IterableIterator<TimeWaitRecord> {
    return this.#table.values();
  }

  find(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): TimeWaitRecord | undefined {
    if (this.#table.size === 0) return undefined;
    return this.#table.find(localAddress, localPort, remoteAddress, remotePort);
  }

  /** When the next one is due; {@link NEVER} when there is none. */
  get deadline(): Instant {
    return this.#nextQueue()?.first?.deadline ?? NEVER;
  }

  /** A record whose time is over, if there is one. */
  overdue(now: Instant): TimeWaitRecord | undefined {
    const first = this.#nextQueue()?.first;
    return first === undefined || first.deadline > now ? undefined : first;
  }

  /** Adds a record that waits from now on. */
  add(record: TimeWaitRecord, wait: Duration, now: Instant): void {
    this.#table.add(record);
    this.#append(record, wait, now);
  }

  /** Its time begins again. */
  restart(record: TimeWaitRecord, wait: Duration, now: Instant): void {
    record.queue?.remove(record);
    this.#append(record, wait, now);
  }

  remove(record: TimeWaitRecord): void {
    this.#table.remove(record);
    record.queue?.remove(record);
  }

  #append(record: TimeWaitRecord, wait: Duration, now: Instant): void {
    let queue = this.#queues.find((candidate) => candidate.wait === wait);
    if (queue === undefined) {
      queue = new TimeWaitQueue(wait);
      this.#queues.push(queue);
    }
    queue.append(record, now + wait, this.#clock.after(now, wait));
  }

  #nextQueue(): TimeWaitQueue | undefined {
    let next: TimeWaitQueue | undefined;
    for (const queue of this.#queues) {
      if (queue.first === undefined) continue;
      if (next?.first === undefined || queue.first.deadline < next.first.deadline) next = queue;
    }
    return next;
  }
}
