/** Records as BIND prints them, in the columns of a master file (RFC 1035 §5). */
import type { DnsQuestion, ResourceRecord } from './message.ts';

/** Where time to live, class and type begin; tabs lead there. */
const TTL_AT = 24;
const CLASS_AT = 32;
const TYPE_AT = 40;
const DATA_AT = 48;
const TAB = 8;

/** A name as it is written in full, with the dot of the root. */
export function fullName(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

/** Why a text is no name, in the words of BIND; nothing where it is one. */
export function faultOfName(text: string): string | undefined {
  const labels = text.replace(/\.$/, '').split('.');
  if (text !== '' && text !== '.' && labels.includes('')) return 'empty label';
  if (labels.some((label) => label.length > 63)) return 'label too long';
  if (text.length > 254) return 'ran out of space';
  return /^[\x21-\x7e]*$/.test(text) ? undefined : 'bad label type';
}

/** `www.example.com.  3600  IN  A  192.0.2.80` */
export function printRecord(record: ResourceRecord): string {
  const line = new Columns(fullName(record.name));
  line.at(TTL_AT, String(record.ttl));
  line.at(CLASS_AT, 'IN');
  line.at(TYPE_AT, record.type);
  line.at(DATA_AT, printData(record));
  return line.text;
}

/** `;www.example.com.    IN  A` */
export function printQuestion({ name, type }: DnsQuestion): string {
  const line = new Columns(fullName(name));
  line.at(CLASS_AT, 'IN');
  line.at(TYPE_AT, type);
  return `;${line.text}`;
}

/** What a record says of its name. */
export function printData(record: ResourceRecord): string {
  const { type, data } = record;
  switch (type) {
    case 'A':
    case 'AAAA':
      return data;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return fullName(data);
    case 'TXT':
      return `"${data.replaceAll(/["\\]/g, '\\$&')}"`;
    case 'MX':
      return `${data.preference} ${fullName(data.exchange)}`;
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${fullName(data.target)}`;
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = data;
      const names = `${fullName(mname)} ${fullName(rname)}`;
      return `${names} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
  }
}

/** A line that grows; what stands too far right already is followed by a space. */
class Columns {
  text: string;
  #column: number;

  constructor(text: string) {
    this.text = text;
    this.#column = text.length;
  }

  at(column: number, word: string): void {
    const to = Math.max(column, this.#column + 1);
    const tabs = Math.floor(to / TAB) - Math.floor(this.#column / TAB);
    const spaces = tabs > 0 ? to % TAB : to - this.#column;
    this.text += '\t'.repeat(tabs) + ' '.repeat(spaces) + word;
    this.#column = to + word.length;
  }
}
