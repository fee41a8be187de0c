/** host(1) of BIND 9.18: the addresses of a name and who takes its mail, or an address's name. */
import type { Program, ProgramContext } from '../../sim/index.ts';
import { seconds } from '../../stack/index.ts';
import { printIp } from '../../wire/index.ts';
import { addressesOf, type Exchange, exchange, nameserversOf } from './exchange.ts';
import { faultOfName, printData } from './master-text.ts';
import type { ResourceRecord } from './message.ts';
import { queryFor } from './resolver.ts';
import { DNS_PORT } from './server.ts';
import { reverseName } from './zone.ts';

/** What is asked for a name, one after the other, unless -t says. */
const USUAL_TYPES = ['A', 'AAAA', 'MX'];
/** How long an answer is waited for, and how often it is asked. */
const TIMEOUT = seconds(5);
const TRIES = 2;

/** How the codes of failure are numbered (RFC 1035 §4.1.1). */
const CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const USAGE = 'Usage: host [-t type] hostname [server]\n';

/** `host [-t TYPE] NAME|ADDRESS [SERVER]` */
export const hostProgram: Program = async (context, words) => {
  const { streams, host, process } = context;
  const isTyped = words[0] === '-t';
  const [target, server, ...more] = words.slice(isTyped ? 2 : 0);
  const type = isTyped ? words[1]?.toUpperCase() : undefined;
  if (target === undefined || target.startsWith('-') || more.length > 0) {
    streams.writeError(USAGE);
    return 1;
  }
  const servers = server === undefined ? [...nameserversOf(host.resolver)] : [];
  if (server !== undefined) {
    for (const address of await addressesOf(process, server)) servers.push(printIp(address));
    if (servers.length === 0) {
      streams.writeError(`host: couldn't get address for '${server}': not found\n`);
      return 1;
    }
    const where = `${servers[0]}#${DNS_PORT}`;
    const lines = ['Using domain server:', `Name: ${server}`, `Address: ${where}`];
    streams.write([...lines, 'Aliases: ', '', ''].join('\n'));
  }
  const reverse = reverseOf(target);
  if (reverse !== undefined) return lookUp(context, servers, reverse, [type ?? 'PTR'], true);
  const name = target.replace(/\.$/, '');
  const fault = faultOfName(target);
  if (fault !== undefined) {
    streams.writeError(`host: '${target}' is not a legal name (${fault})\n`);
    return 1;
  }
  return lookUp(context, servers, name, type === undefined ? USUAL_TYPES : [type], isTyped);
};

function reverseOf(text: string): string | undefined {
  try {
    return reverseName(text);
  } catch {
    return undefined;
  }
}

/** Asks for each type; `tellsNothing` says where there is no record. Gives the exit status. */
async function lookUp(
  context: ProgramContext,
  servers: readonly string[],
  first: string,
  types: readonly string[],
  tellsNothing: boolean,
): Promise<number> {
  const { streams } = context;
  let name = first;
  for (const type of types) {
    const answered = await ask(context, servers, name, type);
    if (answered === undefined) return 1;
    const { rcode, answers } = answered.answer;
    if (rcode !== 'NOERROR') {
      streams.write(`Host ${name} not found: ${CODES.indexOf(rcode)}(${rcode})\n`);
      return 1;
    }
    streams.write(answers.map((record) => `${sentence(record)}\n`).join(''));
    if (answers.length === 0 && tellsNothing) streams.write(`${name} has no ${type} record\n`);
    // What is asked next is asked of the name behind the aliases, which are told once.
    for (const record of answers) if (record.type === 'CNAME') name = record.data;
  }
  return 0;
}

async function ask(
  { process, streams }: ProgramContext,
  servers: readonly string[],
  name: string,
  type: string,
): Promise<Exchange | undefined> {
  const query = queryFor({ name, type }, process.random() >>> 16);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    for (const address of servers) {
      const how = { address, port: DNS_PORT, timeout: TIMEOUT };
      let outcome = await exchange(process, { ...how, byTcp: false }, query);
      if ('answer' in outcome && outcome.answer.truncated) {
        outcome = await exchange(process, { ...how, byTcp: true }, query);
      }
      if ('answer' in outcome) return outcome;
      streams.write(`;; communications error to ${address}#${DNS_PORT}: ${outcome.reason}\n`);
    }
  }
  streams.write(';; no servers could be reached\n');
  return undefined;
}

const SENTENCES: Readonly<Record<ResourceRecord['type'], string>> = {
  A: 'has address',
  AAAA: 'has IPv6 address',
  CNAME: 'is an alias for',
  MX: 'mail is handled by',
  NS: 'name server',
  PTR: 'domain name pointer',
  SOA: 'has SOA record',
  SRV: 'has SRV record',
  TXT: 'descriptive text',
};

function sentence(record: ResourceRecord): string {
  return `${record.name} ${SENTENCES[record.type]} ${printData(record)}`;
}
