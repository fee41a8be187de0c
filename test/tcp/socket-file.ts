/** A program with an open TCP socket, for the tests of these. */
import {
  constantOf,
  type OptionValue,
  type Outgoing,
  type Received,
  TcpSocketFile,
  type UserMemory,
} from '../../src/stack/index.ts';
import { stream } from '../help/notation.ts';
import type { Conversation } from '../help/peer.ts';

/** The sum of C flags: `POLLIN|POLLOUT`. */
export function flags(names: string): number {
  if (names === '' || names === '0') return 0;
  return names.split('|').reduce((sum, name) => {
    const value = constantOf(name);
    if (value === undefined) throw new Error(`no constant is called ${name}`);
    return sum | value;
  }, 0);
}

/** One program with its socket, and the stream that it writes. */
export class Program {
  readonly c: Conversation;
  readonly file: TcpSocketFile;
  #written = 0;

  constructor(c: Conversation, socket = c.socket) {
    if (socket === undefined) throw new Error('there is no socket');
    this.c = c;
    this.file = new TcpSocketFile(socket);
  }

  /** Sends so many octets of the stream, as one piece or as several. */
  send(lengths: number | readonly number[], names = '', continues = false): number | undefined {
    const buffers: UserMemory[] = [];
    let at = this.#written;
    for (const length of typeof lengths === 'number' ? [lengths] : lengths) {
      buffers.push(stream(at, length));
      at += length;
    }
    const taken = this.sendBuffers(buffers, names, continues);
    this.#written += taken ?? 0;
    return taken;
  }

  sendBuffers(buffers: readonly UserMemory[], names = '', continues = false): number | undefined {
    const outgoing: Outgoing = {
      buffers,
      address: undefined,
      control: [],
      flags: flags(names),
      continues,
    };
    return this.file.send(outgoing, this.c.now);
  }

  receive(limit: number, names = ''): Received | undefined {
    return this.file.receive(limit, flags(names), this.c.now);
  }

  /** How many octets are received; −1 when it would wait. */
  count(limit: number, names = ''): number {
    const received = this.receive(limit, names);
    return received === undefined ? -1 : (received.fullLength ?? received.bytes.length);
  }

  set(option: string, value: OptionValue, length = 4): void {
    this.file.setOption(levelOf(option), option, value, length, this.c.now);
  }

  get(option: string, length = 4): OptionValue {
    return this.file.getOption(levelOf(option), option, length, this.c.now).value;
  }

  info(): Readonly<Record<string, number>> {
    return this.get('TCP_INFO', 256) as Readonly<Record<string, number>>;
  }
}

export function levelOf(option: string): string {
  return `SOL_${option.startsWith('SO_') ? 'SOCKET' : option.slice(0, option.indexOf('_'))}`;
}

/** What poll says of a socket with octets to read, and of one with room to write. */
export const READABLE = 'POLLIN|POLLRDNORM';
export const WRITABLE = 'POLLOUT|POLLWRNORM';
