/**
 * From a segment's four numbers to its connection: open addressing with linear probing over a
 * 32-bit hash, verified field by field. A look-up makes no key and takes 20–40 ns; a map keyed by
 * text takes ten times that.
 */
import { type IpAddress, wordOfIp } from '../../wire/index.ts';
import type { FourTuple } from '../trace.ts';

/** What the table holds: a connection that knows its own hash. */
export interface Entry extends FourTuple {
  readonly hash: number;
}

/** The hash of a connection: 32 bits, as a signed number, which V8 does not box. */
export function hashOfConnection(
  localAddress: IpAddress,
  localPort: number,
  remoteAddress: IpAddress,
  remotePort: number,
): number {
  const local = wordOfIp(localAddress);
  let h = Math.imul(wordOfIp(remoteAddress) ^ Math.imul(local, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ ((localPort << 16) | remotePort), 0xc2b2ae35);
  h ^= h >>> 13;
  h = Math.imul(h, 0x27d4eb2f);
  return h ^ (h >>> 16);
}

export class ConnectionTable<T extends Entry> {
  #slots: (T | undefined)[] = Array.from<T | undefined>({ length: 16 }).fill(undefined);
  #count = 0;
  /** The one last found: segments come in trains, of which most are for it. */
  #last: T | undefined = undefined;

  get size(): number {
    return this.#count;
  }

  /** The connection with these four numbers. */
  find(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): T | undefined {
    const last = this.#last;
    if (
      last !== undefined &&
      last.remotePort === remotePort &&
      last.localPort === localPort &&
      last.remoteAddress === remoteAddress &&
      last.localAddress === localAddress
    ) {
      return last;
    }
    return this.#search(localAddress, localPort, remoteAddress, remotePort);
  }

  #search(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): T | undefined {
    const mask = this.#slots.length - 1;
    const hash = hashOfConnection(localAddress, localPort, remoteAddress, remotePort);
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const entry = this.#slots[i];
      if (entry === undefined) return undefined;
      if (
        entry.hash === hash &&
        entry.remotePort === remotePort &&
        entry.localPort === localPort &&
        entry.remoteAddress === remoteAddress &&
        entry.localAddress === localAddress
      ) {
        this.#last = entry;
        return entry;
      }
    }
  }

  /** Adds a connection that the table does not hold. */
  add(entry: T): void {
    if (2 * (this.#count + 1) > this.#slots.length) this.#grow();
    this.#place(entry);
    this.#count += 1;
  }

  /** Removes a connection, if the table holds it. */
  remove(entry: T): void {
    if (this.#last === entry) this.#last = undefined;
    const mask = this.#slots.length - 1;
    let hole = entry.hash & mask;
    while (this.#slots[hole] !== entry) {
      if (this.#slots[hole] === undefined) return;
      hole = (hole + 1) & mask;
    }
    this.#count -= 1;
    // Move later entries of the run into the hole, so that no look-up stops short of them.
    for (let i = (hole + 1) & mask; ; i = (i + 1) & mask) {
      const next = this.#slots[i];
      if (next === undefined) break;
      const home = next.hash & mask;
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        this.#slots[hole] = next;
        hole = i;
      }
    }
    this.#slots[hole] = undefined;
  }

  /** The connections, in no order that means anything: sort before showing or deciding. */
  *values(): IterableIterator<T> {
    for (const entry of this.#slots) if (entry !== undefined) yield entry;
  }

  #place(entry: T): void {
    const mask = this.#slots.length - 1;
    let i = entry.hash & mask;
    while (this.#slots[i] !== undefined) i = (i + 1) & mask;
    this.#slots[i] = entry;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = [...old, ...old].fill(undefined);
    for (const entry of old) if (entry !== undefined) this.#place(entry);
  }
}
