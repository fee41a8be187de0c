/**
 * `arping` (iputils, arping(8)): asks a link by ARP who has an address, whether anybody has it
 * (`-D`, duplicate address detection as in RFC 5227), or tells it of one's own (`-U`, `-A`).
 */
import { type Instant, type ReceivedArp, SocketError, wordsOf } from '../../stack/index.ts';
import {
  ArpOperation,
  MAC_BROADCAST,
  type MacAddress,
  printIp,
  printMac,
} from '../../wire/index.ts';
import type { ArpPacketSocket } from '../sockets/arp-packet-socket.ts';
import type { Process } from '../process.ts';
import { type ArpingRequest, readArping } from './arping-request.ts';
import { ArgumentError } from './options.ts';
import { printMilliseconds } from './print-time.ts';

/**
 * Runs the tool; each line goes to `print`, what is an error to `complain`. Gives the exit status.
 */
export async function arping(
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void = print,
): Promise<number> {
  let request: ArpingRequest;
  try {
    request = await readArping(process, words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    complain(`arping: ${error.message}`);
    return error instanceof ArgumentError ? 1 : 2;
  }
  if (request.by.loopback) {
    complain(`Interface "${request.by.name}" is not ARPable`);
    return 2;
  }
  let socket: ArpPacketSocket;
  try {
    socket = process.arpSocket(request.by.name);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    complain(`arping: socket: ${wordsOf(error.code)}`);
    return 2;
  }
  try {
    return await new Arping(process, request, socket, print).run();
  } finally {
    socket.close();
  }
}

class Arping {
  readonly #process: Process;
  readonly #request: ArpingRequest;
  readonly #socket: ArpPacketSocket;
  readonly #print: (line: string) => void;
  /** Where questions go: to everybody, and then to who answered. */
  #asked: MacAddress = MAC_BROADCAST;
  #sentAt: Instant = 0;
  #sent = 0;
  #broadcasts = 0;
  #received = 0;
  /** Of what was received: what everybody was told, and what were questions themselves. */
  #toAll = 0;
  #questions = 0;
  /** Whether Ctrl-C came. */
  #isInterrupted = false;

  constructor(
    process: Process,
    request: ArpingRequest,
    socket: ArpPacketSocket,
    print: (line: string) => void,
  ) {
    this.#process = process;
    this.#request = request;
    this.#socket = socket;
    this.#print = print;
  }

  async run(): Promise<number> {
    const { target, source, by, mode, count, timeout, interval, isQuiet } = this.#request;
    if (!isQuiet) this.#print(`ARPING ${printIp(target)} from ${printIp(source)} ${by.name}`);
    const end = this.#process.now + timeout;
    let until = this.#process.now;
    this.#process.onSignal('SIGINT', () => {
      this.#isInterrupted = true;
      this.#socket.interrupt();
    });
    while (!this.#isInterrupted) {
      const { now } = this.#process;
      if (now >= until) {
        if (this.#sent >= count) break;
        this.#send();
        until = now + interval;
      }
      if (now >= end) break;
      const packet = await this.#socket.recv(Math.min(until, end));
      if (packet !== undefined && this.#take(packet)) break;
    }
    if (!isQuiet) this.#summarize();
    if (mode === 'detect') return this.#received > 0 ? 1 : 0;
    return mode === 'ask' && this.#received === 0 ? 1 : 0;
  }

  #send(): void {
    const { target, source, by, mode } = this.#request;
    const packet = {
      operation: mode === 'answer' ? ArpOperation.reply : ArpOperation.request,
      senderMac: by.mac,
      senderAddress: source,
      targetMac: mode === 'answer' ? by.mac : this.#asked,
      targetAddress: target,
    };
    this.#sentAt = this.#process.now;
    this.#sent += 1;
    if (this.#asked === MAC_BROADCAST) this.#broadcasts += 1;
    this.#socket.send(packet, this.#asked);
  }

  /** An answer, or whatever shows that the address is taken; says whether that is enough. */
  #take({ arp, isUnicast, at }: ReceivedArp): boolean {
    const { target, source, by, mode, count, isQuiet, endsByReply, keepsBroadcasting } =
      this.#request;
    const isToUs = arp.targetAddress === source && arp.targetMac === by.mac;
    const isTaken = arp.senderMac !== by.mac && (source === 0 || arp.targetAddress === source);
    if (arp.senderAddress !== target || !(mode === 'detect' ? isTaken : isToUs)) return false;
    const isReply = arp.operation === ArpOperation.reply;
    this.#received += 1;
    if (!isUnicast) this.#toAll += 1;
    if (!isReply) this.#questions += 1;
    if (!isQuiet) {
      const kind = `${isUnicast ? 'Unicast' : 'Broadcast'} ${isReply ? 'reply' : 'request'}`;
      const who = `${printIp(target)} [${printMac(arp.senderMac).toUpperCase()}]`;
      const took = printMilliseconds(Math.floor((at - this.#sentAt + 500) / 1000));
      this.#print(`${kind} from ${who} ${this.#addressee(arp)} ${took}ms`);
    }
    if (!keepsBroadcasting) this.#asked = arp.senderMac;
    return endsByReply || (this.#received >= count && this.#request.timeout !== Infinity);
  }

  /** For whom the packet was, where it was for another. */
  #addressee({ targetAddress, targetMac }: ReceivedArp['arp']): string {
    const { source, by } = this.#request;
    const words = [
      ...(targetAddress === source ? [] : [`${printIp(targetAddress)} `]),
      ...(targetMac === by.mac ? [] : [`[${printMac(targetMac).toUpperCase()}]`]),
    ];
    return words.length === 0 ? '' : `for ${words.join('')}`;
  }

  #summarize(): void {
    this.#print(`Sent ${this.#sent} probes (${this.#broadcasts} broadcast(s))`);
    const kinds = [
      ...(this.#questions > 0 ? [`${this.#questions} request(s)`] : []),
      ...(this.#toAll > 0 ? [`${this.#toAll} broadcast(s)`] : []),
    ];
    const which = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
    this.#print(`Received ${this.#received} response(s)${which}`);
  }
}
