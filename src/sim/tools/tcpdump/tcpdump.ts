/**
 * `tcpdump` (tcpdump(8), version 4.99.3): prints the packets of an interface as they pass, or
 * writes them into a file, until Ctrl-C or as many as -c says.
 */
import {
  Filter,
  FilterSyntaxError,
  listeningBanner,
  Printer,
  type PrintableRecord,
  readingBanner,
} from '../../../tcpdump/index.ts';
import {
  CaptureReader,
  concat,
  DecodeError,
  type IpAddress,
  LinkType,
  PcapWriter,
} from '../../../wire/index.ts';
import { FileError } from '../../host-files.ts';
import type { Program, ProgramContext } from '../../program.ts';
import { OptionError, readTcpdump, TCPDUMP_USAGE, type TcpdumpRequest } from './request.ts';
import { type PacketSource, sourceOf } from './source.ts';

export const tcpdump: Program = async (context, words) => {
  const { streams } = context;
  try {
    const request = readTcpdump(words);
    const tool = new Tcpdump(context, request);
    return request.readFrom === undefined ? await tool.listen() : tool.read(request.readFrom);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof FileError)) throw error;
    const usage = error instanceof OptionError ? TCPDUMP_USAGE : '';
    const said = error instanceof FilterSyntaxError ? error.inLibpcapsWords : error.message;
    streams.writeError(`tcpdump: ${said}\n${usage}`);
    return 1;
  }
};

/** What becomes of a packet that passed. */
type Deliver = (record: PrintableRecord) => void;

class Tcpdump {
  readonly #context: ProgramContext;
  readonly #request: TcpdumpRequest;
  #captured = 0;
  #received = 0;

  constructor(context: ProgramContext, request: TcpdumpRequest) {
    this.#context = context;
    this.#request = request;
  }

  /** Prints or writes what passes an interface. */
  async listen(): Promise<number> {
    const { host, streams, user } = this.#context;
    const source = sourceOf(host, this.#request);
    if (user !== 'root') throw notPermitted(source.name);
    if (source.name === 'any') this.#sayCooked(source);
    const filter = this.#filter(source.linkType, source.netmask);
    const deliver = this.#output(source.linkType, source.interfaceNames);
    this.#sayListening(source);
    const isInterrupted = await this.#watch(source, filter, deliver);
    // As tcpdump does, lest a line was not finished.
    if (isInterrupted) streams.write('\n');
    this.#sayCounts();
    return 0;
  }

  /** Takes what passes until a signal comes, or there is enough; says whether it was a signal. */
  async #watch(source: PacketSource, filter: Filter, deliver: Deliver): Promise<boolean> {
    const { host, process, onInterrupt } = this.#context;
    const { linkType } = source;
    const { snapLength, flags } = this.#request;
    const most = flags.count ?? Number.POSITIVE_INFINITY;
    let isInterrupted = false;
    let finish = (): void => {};
    const interrupt = (): void => {
      isInterrupted = true;
      finish();
    };
    onInterrupt(interrupt);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.onSignal(signal, interrupt);
    const close = source.open((whole, now, passes) => {
      const packet = { linkType, bytes: whole, originalLength: whole.length };
      if (this.#captured === most || !filter.matches(packet)) return;
      this.#received += passes;
      this.#captured += 1;
      const bytes = whole.subarray(0, snapLength);
      deliver({ ...packet, bytes, ...host.calendar.timeOf(now) });
      if (this.#captured === most) finish();
    });
    try {
      await process.waitUnlessEnded('packets', (resolve) => {
        finish = resolve;
        return undefined;
      });
    } finally {
      close();
    }
    return isInterrupted;
  }

  /** Prints or writes what a file holds. */
  read(file: string): number {
    const { files, streams } = this.#context;
    const reader = new CaptureReader();
    reader.push(files.read(file));
    let record = reader.next();
    const [first] = reader.interfaces;
    if (first === undefined) throw new RangeError('unknown file format');
    streams.writeError(readingBanner(file, first));
    const filter = this.#filter(first.linkType, 0);
    const deliver = this.#output(first.linkType, this.#context.host.any.names);
    const { count = Number.POSITIVE_INFINITY } = this.#request.flags;
    for (; record !== undefined; record = reader.next()) {
      if (record instanceof DecodeError) throw new RangeError(`${file}: ${record.reason}`);
      if (this.#captured === count) return 0;
      if (!filter.matches(record)) continue;
      this.#captured += 1;
      deliver(record);
    }
    if (reader.end() !== undefined) throw new RangeError('truncated dump file');
    return 0;
  }

  #filter(linkType: number, netmask: number): Filter {
    const { names } = this;
    const addresses = (name: string): IpAddress[] =>
      [...names].filter(([, each]) => each === name).map(([address]) => address);
    const filter = new Filter(this.#request.filter, {
      addresses,
      netmask,
      services: this.#context.host.services,
    });
    filter.compileFor(linkType);
    return filter;
  }

  /** The names of addresses that the host knows without asking. */
  get names(): ReadonlyMap<IpAddress, string> {
    return this.#context.host.resolver?.names ?? new Map();
  }

  #output(linkType: number, interfaces: ReadonlyMap<number, string>): Deliver {
    const { host, streams, files } = this.#context;
    const { writeTo, flags, snapLength } = this.#request;
    if (writeTo === undefined) {
      const printer = new Printer(flags, {
        hosts: this.names,
        services: host.services,
        interfaces,
      });
      return (record) => streams.write(`${printer.print(record)}\n`);
    }
    const writer = new PcapWriter({ linkType, snapLength });
    const write = (): void => {
      const octets = concat(...writer.take());
      if (writeTo === '-') streams.write(octets);
      else files.append(writeTo, octets);
    };
    if (writeTo !== '-') files.truncate(writeTo);
    write();
    return (record) => {
      writer.packet(record);
      write();
    };
  }

  #sayCooked({ linkType }: PacketSource): void {
    const name = linkType === LinkType.linuxSll ? 'LINUX_SLL' : 'LINUX_SLL2';
    this.#context.streams.writeError(`tcpdump: data link type ${name}\n`);
  }

  #sayListening(source: PacketSource): void {
    const { flags, writeTo, snapLength } = this.#request;
    const isShort = flags.verbose === 0 && writeTo === undefined;
    const hint = isShort
      ? 'verbose output suppressed, use -v[v]... for full protocol decode\n'
      : '';
    const banner = listeningBanner(source.name, { linkType: source.linkType, snapLength });
    this.#context.streams.writeError(`tcpdump: ${hint}${banner}`);
  }

  #sayCounts(): void {
    const packets = (n: number): string => `${n} packet${n === 1 ? '' : 's'}`;
    this.#context.streams.writeError(
      `${packets(this.#captured)} captured\n` +
        `${packets(this.#received)} received by filter\n` +
        `${packets(0)} dropped by kernel\n`,
    );
  }
}

function notPermitted(name: string): RangeError {
  return new RangeError(
    `${name}: You don't have permission to perform this capture on that device\n` +
      '(socket: Operation not permitted)',
  );
}
