/**
 * dig(1): a question to a name server, and the text that BIND's dig 9.18 prints of the answer.
 * Its messages are those of `dig +nocookie +noadflag`.
 */
import { printDate, type Program, type ProgramContext } from '../../sim/index.ts';
import { ms } from '../../stack/index.ts';
import { isIpv6, printIp } from '../../wire/index.ts';
import { type DigPart, type DigRequest, DigUsageError, readDig } from './dig-request.ts';
import { addressesOf, type Exchange, exchange, nameserversOf, type Server } from './exchange.ts';
import { faultOfName, printData, printQuestion, printRecord } from './master-text.ts';
import type { DnsMessage, DnsQuestion } from './message.ts';
import { queryFor } from './resolver.ts';

const VERSION = '9.18.49-1~deb12u3-Debian';

/** Statuses: the words are none, nobody answers, and the name is none. */
const USAGE = 1;
const NO_SERVER = 9;
const NO_NAME = 10;

const HELP = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

/** `dig [@SERVER] [NAME] [TYPE] [+OPTION…]` */
export const dig: Program = async (context, words) => {
  let request: DigRequest | 'version';
  try {
    request = readDig(words);
  } catch (error) {
    if (!(error instanceof DigUsageError)) throw error;
    context.streams.writeError(`${error.message}\n${HELP}`);
    return USAGE;
  }
  if (request === 'version') {
    context.streams.writeError(`DiG ${VERSION}\n`);
    return 0;
  }
  for (const { name } of request.questions) {
    const fault = faultOfName(name);
    if (fault === undefined) continue;
    context.streams.writeError(`dig: '${name}' is not a legal name (${fault})\n`);
    return NO_NAME;
  }
  const servers = await serversFor(context, request);
  if (servers === undefined) {
    context.streams.writeError(`dig: couldn't get address for '${request.server}': not found\n`);
    return USAGE;
  }
  let status = 0;
  for (const [i, question] of request.questions.entries()) {
    const lookup = new Lookup(context, request, servers, i === 0 ? words : undefined);
    status = await lookup.run(question);
  }
  return status;
};

/** The servers to ask; nothing where the one that is named has no address. */
async function serversFor(
  { host, process }: ProgramContext,
  { server, family }: DigRequest,
): Promise<readonly string[] | undefined> {
  if (server === undefined) return nameserversOf(host.resolver);
  const found = await addressesOf(process, server);
  const fitting = found.filter((each) => family === undefined || isIpv6(each) === (family === 6));
  return fitting.length === 0 ? undefined : fitting.map(printIp);
}

class Lookup {
  readonly #context: ProgramContext;
  readonly #request: DigRequest;
  readonly #servers: readonly string[];
  /** What stands in the first line; nothing where that has been printed. */
  readonly #words: readonly string[] | undefined;

  constructor(
    context: ProgramContext,
    request: DigRequest,
    servers: readonly string[],
    words: readonly string[] | undefined,
  ) {
    this.#context = context;
    this.#request = request;
    this.#servers = servers;
    this.#words = words;
  }

  /** Gives the exit status. */
  async run(question: DnsQuestion): Promise<number> {
    const { process, streams } = this.#context;
    const { recurses, payloadSize, isShort, ignoresTruncation, byTcp } = this.#request;
    const query: DnsMessage = {
      ...queryFor(question, process.random() >>> 16),
      recursionDesired: recurses,
      udpPayloadSize: payloadSize,
    };
    let [server, answered] = await this.#ask(query, byTcp);
    if (answered?.answer.truncated === true && !byTcp && !ignoresTruncation) {
      if (this.#shows('comments')) streams.write(';; Truncated, retrying in TCP mode.\n');
      [server, answered] = await this.#ask(query, true);
    }
    if (answered === undefined) return NO_SERVER;
    const { answers } = answered.answer;
    const lines = isShort ? answers.map(printData) : this.#lines(answered, server);
    streams.write(lines.map((line) => `${line}\n`).join(''));
    return 0;
  }

  /** Asks each server in its turn, as often as there are tries; tells what goes wrong. */
  async #ask(query: DnsMessage, byTcp: boolean): Promise<[Server, Exchange | undefined]> {
    const { process, streams } = this.#context;
    const { port, timeout, tries } = this.#request;
    const servers = this.#servers.map((address) => ({ address, port, byTcp, timeout }));
    let isSetup = false;
    for (let attempt = 0; attempt < tries; attempt++) {
      for (const server of servers) {
        const outcome = await exchange(process, server, query);
        if ('answer' in outcome) return [server, outcome];
        ({ isSetup } = outcome);
        const where = `${server.address}#${port}`;
        const name = query.questions[0]?.name;
        if (isSetup) {
          const what = `UDP setup with ${where}(${server.address}) for ${name} failed`;
          streams.write(`;; ${what}: ${outcome.reason}.\n;; no servers could be reached\n`);
        } else streams.write(`;; communications error to ${where}: ${outcome.reason}\n`);
      }
    }
    if (!isSetup) {
      streams.write([...this.#head(), ';; no servers could be reached', ''].join('\n'));
    }
    return [servers[0]!, undefined];
  }

  #shows(part: DigPart): boolean {
    return !this.#request.isShort && this.#request.parts.has(part);
  }

  /** The lines before what the server said. */
  #head(): string[] {
    if (this.#words === undefined || !this.#shows('cmd')) return [];
    const { server } = this.#request;
    const line = ['; <<>> DiG', VERSION, '<<>>', ...this.#words].join(' ');
    const count = this.#servers.length;
    const found = server === undefined ? [] : [`; (${count} server${count > 1 ? 's' : ''} found)`];
    return ['', line, ...found, ';; global options: +cmd'];
  }

  #lines({ answer, length, elapsed }: Exchange, server: Server): string[] {
    const isCommented = this.#shows('comments');
    const section = (part: DigPart, title: string, lines: readonly string[]): string[] => {
      if (!this.#shows(part) || lines.length === 0) return [];
      return isCommented ? [`;; ${title} SECTION:`, ...lines, ''] : [...lines];
    };
    const { process, host } = this.#context;
    const { address, port, byTcp } = server;
    const when = printDate('%a %b %d %H:%M:%S UTC %Y', host.calendar.timeOf(process.now));
    const statistics = [
      `;; Query time: ${Math.floor(elapsed / ms(1))} msec`,
      `;; SERVER: ${address}#${port}(${address}) (${byTcp ? 'TCP' : 'UDP'})`,
      `;; WHEN: ${when}`,
      `;; MSG SIZE  rcvd: ${length}`,
      '',
    ];
    return [
      ...this.#head(),
      ...(isCommented ? header(answer, this.#request.recurses) : []),
      ...(isCommented ? this.#options(answer) : []),
      ...section('question', 'QUESTION', answer.questions.map(printQuestion)),
      ...section('answer', 'ANSWER', answer.answers.map(printRecord)),
      ...section('authority', 'AUTHORITY', answer.authorities.map(printRecord)),
      ...(this.#shows('stats') ? statistics : []),
    ];
  }

  /** EDNS's record, which is no record of a name (RFC 6891). */
  #options({ udpPayloadSize }: DnsMessage): string[] {
    if (udpPayloadSize === undefined || !this.#shows('additional')) return [];
    return [';; OPT PSEUDOSECTION:', `; EDNS: version: 0, flags:; udp: ${udpPayloadSize}`];
  }
}

function header(answer: DnsMessage, asksForRecursion: boolean): string[] {
  const { id, opcode, rcode, authoritative, truncated } = answer;
  const flags = [
    'qr',
    ...(authoritative ? ['aa'] : []),
    ...(truncated ? ['tc'] : []),
    ...(answer.recursionDesired ? ['rd'] : []),
    ...(answer.recursionAvailable ? ['ra'] : []),
  ];
  const counts = [
    `QUERY: ${answer.questions.length}`,
    `ANSWER: ${answer.answers.length}`,
    `AUTHORITY: ${answer.authorities.length}`,
    `ADDITIONAL: ${answer.udpPayloadSize === undefined ? 0 : 1}`,
  ];
  const isRefused = asksForRecursion && !answer.recursionAvailable;
  return [
    ';; Got answer:',
    `;; ->>HEADER<<- opcode: ${opcode}, status: ${rcode}, id: ${id}`,
    `;; flags: ${flags.join(' ')}; ${counts.join(', ')}`,
    ...(isRefused ? [';; WARNING: recursion requested but not available'] : []),
    '',
  ];
}
