/** What words ask of `dig` (dig(1) of BIND 9.18), and what it says of those it does not know. */
import { type Duration, seconds } from '../../stack/index.ts';
import type { DnsQuestion } from './message.ts';
import { reverseName } from './zone.ts';

/** Words that are no question. */
export class DigUsageError extends RangeError {
  override readonly name: string = 'DigUsageError';
}

/** The parts of the output, each of which `+no…` leaves out. */
const PARTS = [
  'cmd',
  'comments',
  'question',
  'answer',
  'authority',
  'additional',
  'stats',
] as const;
export type DigPart = (typeof PARTS)[number];

export interface DigRequest {
  readonly questions: readonly DnsQuestion[];
  /** `@server`, a name or an address. */
  readonly server: string | undefined;
  readonly port: number;
  readonly family: 4 | 6 | undefined;
  readonly parts: ReadonlySet<DigPart>;
  readonly isShort: boolean;
  readonly byTcp: boolean;
  /** Whether a truncated answer is taken as it is. */
  readonly ignoresTruncation: boolean;
  readonly recurses: boolean;
  /** The longest datagram, told by EDNS; nothing without. */
  readonly payloadSize: number | undefined;
  readonly tries: number;
  readonly timeout: Duration;
}

// prettier-ignore
const TYPES = ['A', 'AAAA', 'ANY', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'];

/** Letters that a value stands behind. */
const VALUED = ['p', 't', 'q', 'x', 'c'];

/** BIND's DNS_FLAG_DAY size. */
const PAYLOAD_SIZE = 1232;

/** Settings by their names in `+name`, and what they are until then. */
class Settings {
  readonly parts = new Set<DigPart>(PARTS);
  isShort = false;
  byTcp = false;
  ignoresTruncation = false;
  recurses = true;
  payloadSize: number | undefined = PAYLOAD_SIZE;
  tries = 3;
  timeout: Duration = seconds(5);

  /** `+[no]NAME[=VALUE]`; false for what is unknown. */
  take(option: string): boolean {
    const [, no, name = '', value] = /^\+(no)?([a-z]+)(?:=(\d{1,5}))?$/.exec(option) ?? [];
    const isOn = no === undefined;
    const number = Number(value ?? Number.NaN);
    const part = PARTS.find((known) => known === name);
    if (part !== undefined) this.#show(part, isOn);
    else if (name === 'all') for (const each of PARTS) this.#show(each, isOn);
    if (part !== undefined || name === 'all') return true;
    switch (name) {
      case 'short':
        this.isShort = isOn;
        return true;
      case 'tcp':
      case 'vc':
        this.byTcp = isOn;
        return true;
      case 'ignore':
        this.ignoresTruncation = isOn;
        return true;
      case 'recurse':
      case 'rec':
      case 'rdflag':
        this.recurses = isOn;
        return true;
      case 'edns':
        this.payloadSize = isOn ? PAYLOAD_SIZE : undefined;
        return true;
      case 'bufsize':
        this.payloadSize = number;
        return number <= 0xffff;
      case 'time':
      case 'timeout':
        this.timeout = seconds(Math.max(1, number));
        return number >= 0;
      case 'tries':
        this.tries = Math.max(1, number);
        return number >= 0;
      case 'retry':
        this.tries = number + 1;
        return number >= 0;
      default:
        return false;
    }
  }

  #show(part: DigPart, isOn: boolean): void {
    if (isOn) this.parts.add(part);
    else this.parts.delete(part);
  }
}

/** What is asked for; `-v` asks for dig's version alone. @throws DigUsageError in dig's words */
export function readDig(words: readonly string[]): DigRequest | 'version' {
  const settings = new Settings();
  const questions: { name: string; type: string }[] = [];
  let server: string | undefined;
  let port = 53;
  let family: 4 | 6 | undefined;
  /** A type that stands before the name. */
  let type: string | undefined;
  const ask = (name: string): void => {
    const isRooted = name === '.' || /[^.]\.$/.test(name);
    questions.push({ name: isRooted ? name.slice(0, -1) : name, type: type ?? 'A' });
    type = undefined;
  };
  const typed = (text: string): void => {
    const last = questions.at(-1);
    if (last === undefined) type = text;
    else last.type = text;
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const letter = /^-([a-z46])/.exec(word)?.[1];
    if (word.startsWith('@')) server = word.slice(1);
    else if (word.startsWith('+')) {
      if (!settings.take(word)) throw new DigUsageError(`Invalid option: ${word}`);
    } else if (letter === 'v') return 'version';
    else if (letter === '4' || letter === '6') family = letter === '4' ? 4 : 6;
    else if (letter !== undefined && VALUED.includes(letter)) {
      const value = word.length > 2 ? word.slice(2) : words[++i];
      if (value === undefined) throw new DigUsageError(`Invalid option: ${word}`);
      if (letter === 'p') port = portOf(value);
      else if (letter === 't') typed(typeOf(value));
      else if (letter === 'q') ask(value);
      else if (letter === 'x') questions.push({ name: reverseOf(value), type: 'PTR' });
    } else if (word.startsWith('-')) throw new DigUsageError(`Invalid option: ${word}`);
    else if (TYPES.includes(word.toUpperCase())) typed(word.toUpperCase());
    else if (word.toUpperCase() !== 'IN') ask(word);
  }
  if (questions.length === 0) questions.push({ name: '', type: type ?? 'NS' });
  const { isShort, byTcp, ignoresTruncation, recurses, payloadSize, tries, timeout } = settings;
  const parts: ReadonlySet<DigPart> = settings.parts;
  const how = { isShort, byTcp, ignoresTruncation, recurses, payloadSize, tries, timeout, parts };
  return { questions, server, port, family, ...how };
}

function typeOf(text: string): string {
  if (TYPES.includes(text.toUpperCase())) return text.toUpperCase();
  throw new DigUsageError(`;; Warning, ignoring invalid type ${text}`);
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port === 0 || port > 0xffff) throw new DigUsageError("Couldn't parse port number");
  return port;
}

function reverseOf(text: string): string {
  try {
    return reverseName(text);
  } catch {
    throw new DigUsageError(`Invalid IP address ${text}`);
  }
}
