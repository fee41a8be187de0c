/**
 * A stub resolver, as programs have it in getaddrinfo(3): a table of hosts first, as /etc/hosts is,
 * then a server of names, asked as resolv.conf(5) says: 5 seconds for each attempt, two attempts,
 * each server in its turn, and by TCP what is too long for a datagram.
 */
import {
  type DatagramSocket,
  NameError,
  type NameResolver,
  orderAddresses,
  type Process,
} from '../../sim/index.ts';
import { type Duration, seconds, SocketError } from '../../stack/index.ts';
import { DecodeError, type IpAddress, isIpv6, parseIp } from '../../wire/index.ts';
import { ByteReader } from '../byte-reader.ts';
import {
  checkName,
  decodeDns,
  type DnsMessage,
  type DnsQuestion,
  encodeDns,
  type ResourceRecord,
} from './message.ts';
import { DNS_PORT, readMessage, withLength } from './server.ts';
import { type HostTable, keyOfName } from './zone.ts';

/** resolv.conf(5). */
export interface ResolverOptions {
  /** Servers of names, in the order in which they are asked; at most 3 (MAXNS). */
  readonly nameservers?: readonly string[];
  /** How long to wait for an answer: `options timeout:5`. */
  readonly timeout?: Duration;
  /** How often each server is asked: `options attempts:2`. */
  readonly attempts?: number;
  /** What needs no asking: /etc/hosts. `localhost` is in it. */
  readonly hosts?: HostTable;
}

const SERVERS_MAXIMUM = 3;
const TIMEOUT = seconds(5); // RES_TIMEOUT
const ATTEMPTS = 2; // RES_DFLRETRY

/** How many names in turn an alias in an answer leads to. */
const ALIAS_MAXIMUM = 8;

/** Answers that say that another server may know more. */
const TRY_ANOTHER: ReadonlySet<string> = new Set(['SERVFAIL', 'NOTIMP', 'REFUSED']);

/** Both families are asked for at once, by one socket. */
const TYPES = ['A', 'AAAA'] as const;

/** Names to addresses, by a table of hosts and by servers, for the programs of a host. */
export class StubResolver implements NameResolver {
  /** Who is asked, in this order. */
  readonly nameservers: readonly string[];
  readonly #timeout: Duration;
  readonly #attempts: number;
  readonly #hosts = new Map<string, readonly IpAddress[]>();

  /** @throws RangeError for what is no name or address */
  constructor(options: ResolverOptions = {}) {
    this.nameservers = (options.nameservers ?? []).slice(0, SERVERS_MAXIMUM);
    this.#timeout = options.timeout ?? TIMEOUT;
    this.#attempts = options.attempts ?? ATTEMPTS;
    const table: HostTable = { localhost: ['::1', '127.0.0.1'], ...options.hosts };
    for (const [name, texts] of Object.entries(table)) {
      this.#hosts.set(keyOfName(checkName(name)), [texts].flat().map(parseIp));
    }
  }

  async resolve(process: Process, text: string): Promise<readonly IpAddress[]> {
    const name = text.replace(/\.$/, '');
    const addresses = this.#hosts.get(keyOfName(name)) ?? (await this.#ask(process, name));
    return orderAddresses(addresses, (address) => process.sourceFor(address));
  }

  async #ask(process: Process, name: string): Promise<IpAddress[]> {
    const questions = TYPES.map((type) => ({ name: checkName(name), type }));
    const answers = await this.query(process, questions);
    const addresses = answers.flatMap((answer) => addressesOf(name, answer));
    if (addresses.length > 0) return addresses;
    const fails = answers.some(({ rcode }) => rcode !== 'NOERROR' && rcode !== 'NXDOMAIN');
    throw new NameError(fails ? 'EAI_AGAIN' : 'EAI_NONAME', name);
  }

  /**
   * Asks the servers; an answer to each question, of the first server that knows.
   *
   * @throws NameError EAI_AGAIN when none answers
   */
  async query(process: Process, questions: readonly DnsQuestion[]): Promise<DnsMessage[]> {
    let last: DnsMessage[] | undefined;
    for (let attempt = 0; attempt < this.#attempts; attempt++) {
      for (const server of this.nameservers) {
        const answers = await this.#askServer(process, server, questions);
        if (answers === undefined) continue;
        if (!answers.some(({ rcode }) => TRY_ANOTHER.has(rcode))) return answers;
        last = answers;
      }
    }
    if (last !== undefined) return last;
    throw new NameError('EAI_AGAIN', questions[0]?.name ?? '');
  }

  /** One attempt; nothing when the server has not answered everything in time. */
  async #askServer(
    process: Process,
    server: string,
    questions: readonly DnsQuestion[],
  ): Promise<DnsMessage[] | undefined> {
    const socket = process.socket('datagram');
    try {
      socket.connect({ address: server, port: DNS_PORT });
      const queries = questions.map((question) => queryFor(question, process.random() >>> 16));
      for (const query of queries) socket.send(encodeDns(query));
      const answers = await this.#collect(process, socket, queries);
      for (const [at, query] of queries.entries()) {
        if (answers[at]?.truncated) answers[at] = await askByTcp(process, server, query);
      }
      return answers;
    } catch (error) {
      if (error instanceof SocketError) return undefined; // in time, or ECONNREFUSED …
      throw error;
    } finally {
      socket.close();
    }
  }

  /** The answers in the order of the queries. @throws SocketError EAGAIN when time is over */
  async #collect(
    process: Process,
    socket: DatagramSocket,
    queries: readonly DnsMessage[],
  ): Promise<DnsMessage[]> {
    const over = process.now + this.#timeout;
    const answers = new Map<DnsMessage, DnsMessage>();
    while (answers.size < queries.length) {
      const { payload } = await socket.recv(over - process.now);
      const answer = decodeDns(payload);
      const query = queries.find((each) => isAnswerTo(each, answer));
      if (query !== undefined && !(answer instanceof DecodeError)) answers.set(query, answer);
    }
    return queries.map((query) => answers.get(query)!);
  }
}

/** A question that wants recursion. */
export function queryFor(question: DnsQuestion, id: number): DnsMessage {
  return {
    id,
    isResponse: false,
    opcode: 'QUERY',
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    rcode: 'NOERROR',
    questions: [question],
    answers: [],
    authorities: [],
    udpPayloadSize: undefined,
  };
}

/** RFC 5452 §3: the identification and the question are those of the query. */
export function isAnswerTo(query: DnsMessage, answer: DnsMessage | DecodeError): boolean {
  if (answer instanceof DecodeError || !answer.isResponse || answer.id !== query.id) return false;
  const [asked] = query.questions;
  const [about] = answer.questions;
  if (about === undefined) return answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN';
  return about.type === asked?.type && keyOfName(about.name) === keyOfName(asked.name);
}

/** RFC 7766. @throws SocketError when there is no answer */
async function askByTcp(process: Process, server: string, query: DnsMessage): Promise<DnsMessage> {
  const socket = process.socket('stream');
  try {
    await socket.connect({ address: server, port: DNS_PORT });
    await socket.send(withLength(encodeDns(query)));
    const bytes = await readMessage(new ByteReader(() => socket.recv()), 0xffff);
    const answer = decodeDns(bytes ?? new Uint8Array(0));
    if (answer instanceof DecodeError || !isAnswerTo(query, answer)) {
      throw new SocketError('ECONNRESET', 'recv');
    }
    return answer;
  } finally {
    await socket.close();
  }
}

/** The addresses of a name, along the aliases that come with them. */
function addressesOf(name: string, { answers }: DnsMessage): IpAddress[] {
  let owner = keyOfName(name);
  for (let aliases = 0; aliases < ALIAS_MAXIMUM; aliases++) {
    const own = answers.filter((record) => keyOfName(record.name) === owner);
    const alias = own.find((record) => record.type === 'CNAME');
    if (alias?.type !== 'CNAME') return own.flatMap(addressOf);
    owner = keyOfName(alias.data);
  }
  return [];
}

function addressOf(record: ResourceRecord): IpAddress[] {
  if (record.type !== 'A' && record.type !== 'AAAA') return [];
  const address = parseIp(record.data);
  return isIpv6(address) === (record.type === 'AAAA') ? [address] : [];
}
