/**
 * An epoll instance, epoll(7), by the rules of Linux's fs/eventpoll.c. It keeps a list of the items
 * that became ready, in that order. An event at a file puts its item at the tail; `take` asks each
 * item of the list what holds by now, drops those where nothing does, and puts a level-triggered
 * one back at the tail, so that all get their turn. An edge-triggered item comes back by the next
 * event only.
 */
import { SocketError } from '../errno.ts';
import { WaitQueue } from '../sockets/wait-queue.ts';
import { EPOLL } from './constants.ts';
import type { OpenFile, Received, Wake } from './file.ts';
import type { OpenDescription } from './file-table.ts';
import type { EpollEvent, FileDescriptor } from './system-call.ts';

const { EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN } = EPOLL;
const { EPOLLONESHOT, EPOLLOUT, EPOLLRDNORM, EPOLLWAKEUP } = EPOLL;

/** Told without being asked for. */
const ALWAYS = EPOLLERR | EPOLLHUP;
/** What says how to tell, not what to tell: EP_PRIVATE_BITS. */
const MANNERS = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;
/** What may be asked together with EPOLLEXCLUSIVE. */
const EXCLUSIVE_ALLOWS = EPOLLIN | EPOLLOUT | ALWAYS | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
/** How many instances may watch one another in a row: EP_MAX_NESTS. */
const DEEPEST = 4;

/** One file that is watched: `struct epitem`. */
interface Item {
  readonly fd: FileDescriptor;
  readonly description: OpenDescription;
  event: EpollEvent;
  isReady: boolean;
  /** Ends the watching. */
  readonly stop: () => void;
}

export class Epoll implements OpenFile {
  readonly kind = 'epoll';
  /** A file may be watched by several of its descriptors. */
  readonly #items = new Map<OpenDescription, Map<FileDescriptor, Item>>();
  /** The ready list. */
  #ready: Item[] = [];
  readonly #waiting = new WaitQueue();
  /** The instances that watch this one. */
  readonly #watchers = new Set<Epoll>();

  /** EPOLL_CTL_ADD. @throws SocketError EEXIST, EINVAL, ELOOP, EPERM */
  add(fd: FileDescriptor, description: OpenDescription, event: EpollEvent): void {
    const { file } = description;
    const wanted = event.events;
    if (file instanceof Epoll) this.#mustNotLoop(file);
    const ofFile = this.#items.get(description) ?? new Map<FileDescriptor, Item>();
    if (ofFile.has(fd)) throw new SocketError('EEXIST', 'epoll_ctl');
    const stopWaking = file.onWake((events) => this.#happened(item, events));
    const stopClosing = description.onClose(() => this.#forget(description));
    const item: Item = {
      fd,
      description,
      event: { ...event, events: (wanted | ALWAYS) >>> 0 },
      isReady: false,
      stop: () => {
        stopWaking();
        stopClosing();
      },
    };
    ofFile.set(fd, item);
    this.#items.set(description, ofFile);
    if (file instanceof Epoll) file.#watchers.add(this);
    this.#queueIfReady(item);
  }

  /** EPOLL_CTL_MOD. @throws SocketError EINVAL, ENOENT */
  modify(fd: FileDescriptor, description: OpenDescription, event: EpollEvent): void {
    const item = this.#items.get(description)?.get(fd);
    if (item === undefined) throw new SocketError('ENOENT', 'epoll_ctl');
    if ((item.event.events & EPOLLEXCLUSIVE) !== 0) throw new SocketError('EINVAL', 'epoll_ctl');
    item.event = { ...event, events: (event.events | ALWAYS) >>> 0 };
    this.#queueIfReady(item);
  }

  /** EPOLL_CTL_DEL. @throws SocketError ENOENT */
  remove(fd: FileDescriptor, description: OpenDescription): void {
    const ofFile = this.#items.get(description);
    const item = ofFile?.get(fd);
    if (ofFile === undefined || item === undefined) throw new SocketError('ENOENT', 'epoll_ctl');
    ofFile.delete(fd);
    if (ofFile.size === 0) {
      this.#items.delete(description);
      const { file } = description;
      if (file instanceof Epoll) file.#watchers.delete(this);
    }
    item.stop();
    this.#ready = this.#ready.filter((other) => other !== item);
  }

  /** A file that is closed is watched no more: eventpoll_release. */
  #forget(description: OpenDescription): void {
    for (const fd of this.#items.get(description)?.keys() ?? []) {
      this.remove(fd, description);
    }
  }

  /** @throws SocketError EINVAL where EPOLLEXCLUSIVE cannot be with what else is asked */
  static checkExclusive(event: EpollEvent, file: OpenFile, isModification: boolean): void {
    const { events } = event;
    if ((events & EPOLLEXCLUSIVE) === 0) return;
    const isForbidden = file instanceof Epoll || (events & ~EXCLUSIVE_ALLOWS) !== 0;
    if (isModification || isForbidden) throw new SocketError('EINVAL', 'epoll_ctl');
  }

  /** ep_item_poll: what of the events asked for holds now. */
  #holds(item: Item): number {
    return item.description.file.poll() & item.event.events;
  }

  #queueIfReady(item: Item): void {
    if (!item.isReady && this.#holds(item) !== 0) this.#queue(item);
  }

  #queue(item: Item): void {
    if (!item.isReady) {
      item.isReady = true;
      this.#ready.push(item);
    }
    this.#waiting.wake(EPOLLIN);
  }

  /** ep_poll_callback: an event at a file, whether or not anything of it will be left. */
  #happened(item: Item, events: number): void {
    const wanted = item.event.events;
    if ((wanted & ~MANNERS) === 0) return; // EPOLLONESHOT has fired
    if (events !== 0 && (events & wanted) === 0) return;
    this.#queue(item);
  }

  /** What epoll_wait gives: up to `maximum` events (ep_send_events). */
  take(maximum: number): EpollEvent[] {
    const candidates = this.#ready;
    const back: Item[] = [];
    const events: EpollEvent[] = [];
    let next = 0;
    this.#ready = [];
    for (; next < candidates.length && events.length < maximum; next++) {
      const item = candidates[next]!;
      item.isReady = false;
      const holds = this.#holds(item);
      if (holds === 0) continue;
      events.push({ events: holds, data: item.event.data });
      const manners = item.event.events;
      if ((manners & EPOLLONESHOT) !== 0) {
        item.event = { ...item.event, events: (manners & MANNERS) >>> 0 };
      } else if ((manners & EPOLLET) === 0) {
        item.isReady = true;
        back.push(item);
      }
    }
    this.#ready = [...candidates.slice(next), ...back, ...this.#ready];
    return events;
  }

  /** An instance is readable when it has an event to give; what is stale leaves the list. */
  poll(): number {
    while (this.#ready.length > 0) {
      const [first] = this.#ready;
      if (first === undefined) break;
      if (this.#holds(first) !== 0) return EPOLLIN | EPOLLRDNORM;
      first.isReady = false;
      this.#ready.shift();
    }
    return 0;
  }

  onWake(wake: Wake): () => void {
    return this.#waiting.add(wake);
  }

  /** ep_loop_check: no instance watches itself by others, and no row of them is too long. */
  #mustNotLoop(other: Epoll): void {
    const below = other.#depthBelow(this, 0);
    const tooDeep = below + 1 + this.#heightAbove(0) > DEEPEST;
    if (tooDeep) throw new SocketError('ELOOP', 'epoll_ctl');
  }

  #depthBelow(forbidden: Epoll, level: number): number {
    if (this === forbidden || level > DEEPEST) return DEEPEST + 1;
    let depth = 0;
    for (const { file } of this.#items.keys()) {
      if (!(file instanceof Epoll)) continue;
      depth = Math.max(depth, 1 + file.#depthBelow(forbidden, level + 1));
    }
    return depth;
  }

  #heightAbove(level: number): number {
    if (level > DEEPEST) return DEEPEST + 1;
    let height = 0;
    for (const watcher of this.#watchers) {
      height = Math.max(height, 1 + watcher.#heightAbove(level + 1));
    }
    return height;
  }

  receive(): Received | undefined {
    throw new SocketError('EINVAL', 'read');
  }

  send(): number | undefined {
    throw new SocketError('EINVAL', 'write');
  }

  /** Requests of its own only (eventpoll_ioctl), of which there are none here. */
  ioctl(request: string): number {
    throw new SocketError('EINVAL', `ioctl ${request}`);
  }

  close(): void {
    for (const description of this.#items.keys()) this.#forget(description);
  }
}

/** Files without events of their own, which epoll refuses (EPERM): file_can_poll. */
export function canBeWatched(file: OpenFile): boolean {
  return file.kind !== 'file';
}
