/** `tcpetri read`: prints a capture as tcpdump does, while it arrives and in bounded memory. */
import type { Command } from 'commander';
import {
  DEFAULT_PRINT_FLAGS,
  Filter,
  Printer,
  type PrintFlags,
  readingBanner,
} from '../tcpdump/index.ts';
import { CaptureReader, type CaptureRecord, DecodeError, type IpAddress } from '../wire/index.ts';
import { captureChunks } from './capture-input.ts';
import { describeFault, describeSystemError } from './capture-words.ts';
import { InputError, UsageError } from './errors.ts';
import { packetJson } from './frame-json.ts';
import { interfaceNames, localTime } from './local.ts';
import { addPrintFlags } from './print-flags.ts';

const EXAMPLES = `
Examples:
  tcpetri read handshake.pcapng             one line a packet, names of hosts and ports
  tcpetri read handshake.pcap -nn -vvv      in detail, everything in numbers
  tcpetri read big.pcap -nn -c 10 -XX       the first ten packets, with their bytes
  tcpetri read big.pcap 'tcp port 80 and not host 10.0.0.1'
  tcpetri read big.pcap -c 5 'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0'
  tcpdump -w - | tcpetri read - -nn         from a pipe
  tcpetri read x.pcap --json | jq .tcp.seq  for programs

Flags may be written together, as in -nnvvv. Times are local, as tcpdump's are; TZ=UTC gives UTC.
Filters are those of tcpdump (pcap-filter(7)); -c counts the packets that pass.
There is no name service: addresses have the names that a pcapng file gives them, or none.`;

/** Adds the command to the program. */
export function addReadCommand(program: Command): void {
  const command = program
    .command('read')
    .summary('print a capture')
    .description(
      'Prints a capture, pcap or pcapng, gzipped or not, exactly as `tcpdump -r` 4.99.3 does.',
    )
    .argument('<file>', 'the capture, or - for standard input')
    .argument('[filter...]', 'print only packets that pass: tcp port 80')
    .option('--json', 'print one JSON object a line for each packet, its layers decoded');
  const givenFlags = addPrintFlags(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, filter: string[], { json }: { readonly json?: true }) => {
      const flags = givenFlags() ?? DEFAULT_PRINT_FLAGS;
      await read(new Reading(file, { flags, filter: filter.join(' '), isJson: json === true }));
    });
}

async function read(reading: Reading): Promise<void> {
  const { file } = reading;
  try {
    for await (const chunk of captureChunks(file)) {
      await reading.take(chunk);
      if (reading.isOver) return;
    }
  } catch (error) {
    if (error instanceof InputError || error instanceof UsageError) throw error;
    const cause = error as NodeJS.ErrnoException;
    throw new InputError(`${file}: ${describeSystemError(cause)}`, { cause });
  }
  await reading.end();
}

/** Text is written in pieces of about this many characters. */
const PIECE_LENGTH = 1 << 16;

/** What is wanted of a capture. */
interface ReadingOptions {
  readonly flags: PrintFlags;
  readonly filter: string;
  readonly isJson: boolean;
}

function filterOf(text: string, addresses: (name: string) => IpAddress[]): Filter {
  try {
    return new Filter(text, { addresses });
  } catch (error) {
    throw usageOf(error);
  }
}

function usageOf(error: unknown): unknown {
  return error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error;
}

/** One capture on its way from bytes to text. */
class Reading {
  readonly file: string;
  readonly #reader = new CaptureReader();
  readonly #print: (record: CaptureRecord) => string;
  #left: number;
  #isAnnounced: boolean;
  #text = '';
  // Grows while a pcapng file's names arrive; the printer looks into it.
  readonly #hosts = new Map<IpAddress, string>();
  #namesTaken = 0;
  readonly #filter: Filter;

  /** @throws UsageError for what is no filter */
  constructor(file: string, how: ReadingOptions) {
    const { flags, filter, isJson } = how;
    this.#filter = filterOf(filter, (name) => this.#named(name));
    this.file = file;
    this.#left = flags.count ?? Number.POSITIVE_INFINITY;
    this.#isAnnounced = isJson;
    // Of a reader that went away (`| head`), and of a full disk, the program hears; here it is
    // enough.
    process.stdout.once('error', () => (this.#left = 0));
    if (isJson) {
      let number = 0;
      this.#print = (record) => JSON.stringify(packetJson(record, (number += 1)));
    } else {
      const names = { hosts: this.#hosts, interfaces: interfaceNames() };
      const printer = new Printer(flags, { ...names, localTime });
      this.#print = (record) => printer.print(record);
    }
  }

  /** Whether as many packets are printed as were asked for, or nobody reads on. */
  get isOver(): boolean {
    return this.#left === 0;
  }

  /** Prints the packets that a chunk completes. */
  async take(chunk: Uint8Array): Promise<void> {
    const reader = this.#reader;
    reader.push(chunk);
    while (!this.isOver) {
      const record = reader.next();
      this.#announce();
      if (record === undefined) break;
      if (record instanceof DecodeError) {
        await this.#write();
        throw new InputError(`${this.file}: ${describeFault(record)}`);
      }
      this.#takeNames();
      if (!this.#passes(record)) continue;
      this.#text += `${this.#print(record)}\n`;
      this.#left -= 1;
      if (this.#text.length > PIECE_LENGTH) await this.#write();
    }
    await this.#write();
  }

  #passes(record: CaptureRecord): boolean {
    try {
      return this.#filter.matches(record);
    } catch (error) {
      // Found out with the first packet of a link type.
      throw usageOf(error);
    }
  }

  /** The addresses of a host, by the names of the capture. */
  #named(name: string): IpAddress[] {
    return [...this.#hosts].filter(([, each]) => each === name).map(([address]) => address);
  }

  /** Says so when the file ends where it should not. */
  async end(): Promise<void> {
    await this.#write();
    const error = this.#reader.end();
    if (error !== undefined) throw new InputError(`${this.file}: ${describeFault(error)}`);
  }

  /** The line that tcpdump begins with, on standard error as soon as it is known. */
  #announce(): void {
    const [first] = this.#reader.interfaces;
    if (this.#isAnnounced || first === undefined) return;
    this.#isAnnounced = true;
    process.stderr.write(readingBanner(this.file, first));
  }

  #takeNames(): void {
    const { names } = this.#reader;
    if (names.length < this.#namesTaken) this.#namesTaken = 0; // a new section
    for (const { address, names: spellings } of names.slice(this.#namesTaken)) {
      if (spellings[0] !== undefined) this.#hosts.set(address, spellings[0]);
    }
    this.#namesTaken = names.length;
  }

  /** Hands the text over, and waits while whoever reads it is slower. */
  async #write(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    const { stdout } = process;
    if (text === '' || stdout.write(text)) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        stdout.off('drain', settle).off('error', settle);
        resolve();
      };
      stdout.on('drain', settle).on('error', settle);
    });
  }
}
