/**
 * What a server of names knows: records by name, from a master file (RFC 1035 §5) or from a table
 * of hosts.
 *
 *     $ORIGIN example.com.
 *     $TTL 3600
 *     @    SOA   ns hostmaster 1 7200 900 1209600 300
 *     www  A     192.0.2.80
 *          AAAA  2001:db8::80
 *     ftp  CNAME www
 */
import { isIpv6, parseIp, parseIpv4, parseIpv6, printIp } from '../../wire/index.ts';
import { checkName, type ResourceRecord } from './message.ts';

/** RFC 1035 §2.3.3: names are equal without regard to case. */
export function keyOfName(name: string): string {
  return name.toLowerCase();
}

/** The records of a zone, by name. */
export class Zone {
  readonly #records = new Map<string, ResourceRecord[]>();

  constructor(records: Iterable<ResourceRecord>) {
    for (const record of records) {
      const key = keyOfName(record.name);
      const same = this.#records.get(key);
      if (same === undefined) this.#records.set(key, [record]);
      else same.push(record);
    }
  }

  /** All records of a name; nothing where the name does not exist. */
  of(name: string): readonly ResourceRecord[] | undefined {
    const key = keyOfName(name);
    const own = this.#records.get(key);
    if (own !== undefined) return own;
    // A name above others exists, though it has no records (RFC 8020).
    for (const other of this.#records.keys()) if (other.endsWith(`.${key}`)) return [];
    return undefined;
  }

  /**
   * The start of authority that a name lies below, as it stands in an answer that there is nothing:
   * that may be kept for no longer than the zone says (RFC 2308 §3).
   */
  authorityOf(name: string): ResourceRecord | undefined {
    const labels = keyOfName(name).split('.');
    for (let i = 0; i <= labels.length; i++) {
      const own = this.#records.get(labels.slice(i).join('.'));
      const soa = own?.find(({ type }) => type === 'SOA');
      if (soa?.type === 'SOA') return { ...soa, ttl: Math.min(soa.ttl, soa.data.minimum) };
    }
    return undefined;
  }
}

/** How long answers from a table of hosts may be kept, in seconds. */
const HOSTS_TTL = 3600;

/** Names and their addresses: `{ 'www.example.com': '192.0.2.80' }`, or several in a list. */
export type HostTable = Readonly<Record<string, string | readonly string[]>>;

/** The zone of a table of hosts, with the way back from addresses to names. @throws RangeError */
export function zoneOfHosts(hosts: HostTable): Zone {
  const records: ResourceRecord[] = [];
  for (const [name, texts] of Object.entries(hosts)) {
    checkName(name);
    for (const text of [texts].flat()) {
      const address = parseIp(text);
      const type = isIpv6(address) ? 'AAAA' : 'A';
      records.push({ name, ttl: HOSTS_TTL, type, data: printIp(address) });
      records.push({ name: reverseName(text), ttl: HOSTS_TTL, type: 'PTR', data: name });
    }
  }
  return new Zone(records);
}

/** `80.2.0.192.in-addr.arpa`, and RFC 3596 §2.5 for IPv6. @throws RangeError */
export function reverseName(address: string): string {
  const parsed = parseIp(address);
  if (!isIpv6(parsed)) return `${printIp(parsed).split('.').toReversed().join('.')}.in-addr.arpa`;
  const digits = parsed.toString(16).padStart(32, '0');
  return `${digits.split('').toReversed().join('.')}.ip6.arpa`;
}

/** What holds from line to line of a master file. */
interface Context {
  origin: string;
  ttl: number;
  name: string | undefined;
}

/** The records that a master file lists. @throws RangeError, with the number of the line */
export function parseZone(text: string): Zone {
  const context: Context = { origin: '', ttl: HOSTS_TTL, name: undefined };
  const records: ResourceRecord[] = [];
  for (const [line, entry] of entriesOf(text)) {
    try {
      const record = readEntry(entry, context);
      if (record !== undefined) records.push(record);
    } catch (error) {
      throw new RangeError(`zone, line ${line}: ${(error as Error).message}`, { cause: error });
    }
  }
  return new Zone(records);
}

/** Lines without comments, those between parentheses as one, with the number of the first. */
function entriesOf(text: string): [line: number, entry: string][] {
  const entries: [number, string][] = [];
  let depth = 0;
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.replace(/;(?=(?:[^"]*"[^"]*")*[^"]*$).*/, '').trimEnd();
    const last = entries.at(-1);
    if (depth > 0 && last !== undefined) last[1] += ` ${line}`;
    else if (line !== '') entries.push([at + 1, line]);
    depth += (line.match(/\(/g)?.length ?? 0) - (line.match(/\)/g)?.length ?? 0);
  }
  return entries.map(([line, entry]) => [line, entry.replaceAll(/[()]/g, ' ')]);
}

function readEntry(entry: string, context: Context): ResourceRecord | undefined {
  const words = entry.match(/"[^"]*"|\S+/g) ?? [];
  if (words.length === 0) return undefined;
  if (words[0]?.startsWith('$')) {
    readDirective(words, context);
    return undefined;
  }
  if (!/^\s/.test(entry)) context.name = fullName(words.shift() ?? '', context);
  const { name } = context;
  if (name === undefined) throw new RangeError('the first record has no name');
  let { ttl } = context;
  while (/^(?:\d+|IN)$/i.test(words[0] ?? '')) {
    const word = words.shift() ?? '';
    if (/^\d/.test(word)) ttl = number(word, 0x7fff_ffff); // RFC 2181 §8
  }
  const [type = '', ...data] = words;
  return readData({ name, ttl }, type.toUpperCase(), data, context);
}

function readDirective([directive = '', value = '']: readonly string[], context: Context): void {
  if (directive === '$ORIGIN') context.origin = fullName(value, context);
  else if (directive === '$TTL') context.ttl = number(value, 0x7fff_ffff);
  else throw new RangeError(`unknown directive ${directive}`);
}

/** A name without a dot at its end is below the origin; `@` is the origin. */
function fullName(text: string, { origin }: Context): string {
  if (text === '@') return origin;
  if (text.endsWith('.')) return checkName(text.slice(0, -1));
  return checkName(origin === '' ? text : `${text}.${origin}`);
}

function number(text: string, maximum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > maximum) throw new RangeError(`not a number here: "${text}"`);
  return value;
}

function readData(
  line: { readonly name: string; readonly ttl: number },
  type: string,
  words: readonly string[],
  context: Context,
): ResourceRecord {
  const [first = '', second = '', third = '', fourth = ''] = words;
  const takes = { A: 1, AAAA: 1, CNAME: 1, NS: 1, PTR: 1, TXT: 1, MX: 2, SRV: 4, SOA: 7 }[type];
  if (takes === undefined) throw new RangeError(`unknown type "${type}"`);
  if (words.length !== takes) throw new RangeError(`${type} takes ${takes} words`);
  switch (type) {
    case 'A':
      return { ...line, type, data: printIp(parseIpv4(first)) };
    case 'AAAA':
      return { ...line, type, data: printIp(parseIpv6(first)) };
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...line, type, data: fullName(first, context) };
    case 'MX': {
      const preference = number(first, 0xffff);
      return { ...line, type, data: { preference, exchange: fullName(second, context) } };
    }
    case 'SRV': {
      const [priority, weight, port] = [first, second, third].map((text) => number(text, 0xffff));
      const target = fullName(fourth, context);
      return {
        ...line,
        type,
        data: { priority: priority ?? 0, weight: weight ?? 0, port: port ?? 0, target },
      };
    }
    case 'SOA': {
      const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = words
        .slice(2)
        .map((text) => number(text, 0xffff_ffff));
      const names = { mname: fullName(first, context), rname: fullName(second, context) };
      return { ...line, type, data: { ...names, serial, refresh, retry, expire, minimum } };
    }
    default:
      return { ...line, type: 'TXT', data: first.replaceAll('"', '') };
  }
}
