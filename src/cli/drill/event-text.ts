/** What happens while a script runs, as text: packets as tcpdump prints them, the rest in words. */
import type { JournalEntry } from '../../drill/index.ts';
import { printCause } from '../../stack/index.ts';
import { parsePrintFlags, Printer } from '../../tcpdump/index.ts';
import { LinkType } from '../../wire/index.ts';
import type { RecentEvent } from './verdict.ts';

/** Numbers for addresses, seconds since the script's beginning for times. */
const FLAGS = parsePrintFlags('-n -tt');

const SECOND = 1_000_000_000;

/** Prints entries in the order in which they happened. */
export class EventText {
  readonly #printer = new Printer(FLAGS);

  print(entry: JournalEntry): RecentEvent {
    switch (entry.kind) {
      case 'injected':
        return { sign: '<', text: this.#packet(entry), cause: undefined };
      case 'sent':
        return { sign: '>', text: this.#packet(entry), cause: causeOf(entry.cause) };
      case 'dropped':
        return { sign: '×', text: `${time(entry.at)} dropped`, cause: causeOf(entry.cause) };
      case 'state': {
        const text = `${time(entry.at)} ${entry.from} → ${entry.to}`;
        return { sign: '·', text, cause: causeOf(entry.cause) };
      }
      case 'call':
      case 'command': {
        const result = entry.result === '' ? '' : ` = ${entry.result}`;
        return { sign: '$', text: `${time(entry.at)} ${entry.text}${result}`, cause: undefined };
      }
    }
  }

  #packet({ at, packet }: Extract<JournalEntry, { readonly packet: Uint8Array }>): string {
    return this.#printer.print({
      linkType: LinkType.raw,
      seconds: Math.floor(at / SECOND),
      nanoseconds: at % SECOND,
      originalLength: packet.length,
      bytes: packet,
    });
  }
}

function time(at: number): string {
  return (at / SECOND).toFixed(6);
}

function causeOf(cause: Parameters<typeof printCause>[0] | undefined): string | undefined {
  return cause === undefined ? undefined : printCause(cause);
}

/** How many are shown with a failure. */
const SHOWN = 10;

/** The last packets and calls with the drops and changes of state between them. */
export function lastEvents(journal: readonly JournalEntry[]): readonly RecentEvent[] {
  const text = new EventText();
  const events = journal.map((entry) => text.print(entry));
  let from = events.length;
  for (let counted = 0; from > 0 && counted < SHOWN; from--) {
    if (events[from - 1]?.sign !== '·' && events[from - 1]?.sign !== '×') counted += 1;
  }
  return events.slice(from);
}
