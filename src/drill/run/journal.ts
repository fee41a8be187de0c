/** Keeps what happened in a run: the last few things, and all packets if they are wanted. */
import type { Trace } from '../../stack/index.ts';
import type { CapturedPacket, JournalEntry } from './result.ts';

/** Enough for ten packets with the calls, drops and changes of state between them. */
const LENGTH = 48;

export class Journal implements Trace {
  readonly capture: CapturedPacket[] = [];
  readonly #keepsPackets: boolean;
  readonly #onEntry: ((entry: JournalEntry) => void) | undefined;
  #entries: JournalEntry[] = [];

  constructor(keepsPackets: boolean, onEntry: ((entry: JournalEntry) => void) | undefined) {
    this.#keepsPackets = keepsPackets;
    this.#onEntry = onEntry;
  }

  /** The last entries, oldest first. */
  get last(): readonly JournalEntry[] {
    return this.#entries.slice(-LENGTH);
  }

  add(entry: JournalEntry): void {
    this.#onEntry?.(entry);
    this.#entries.push(entry);
    if (this.#entries.length >= 4 * LENGTH) this.#entries = this.#entries.slice(-LENGTH);
    if (this.#keepsPackets && (entry.kind === 'injected' || entry.kind === 'sent')) {
      this.capture.push(entry);
    }
  }

  readonly dropped: Trace['dropped'] = (packet, cause, at) =>
    this.add({ kind: 'dropped', at, packet, cause });

  /** The connection is a live one of the stack: only its name is kept. */
  readonly stateEntered: Trace['stateEntered'] = (
    { localAddress, localPort, remoteAddress, remotePort },
    from,
    to,
    cause,
    at,
  ) => {
    const connection = { localAddress, localPort, remoteAddress, remotePort };
    this.add({ kind: 'state', at, connection, from, to, cause });
  };
}
