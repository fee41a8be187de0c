/**
 * Connecting to a server of several addresses (RFC 8305, as far as curl's lib/connect.c goes):
 * those of the first one's family in turn, and where none of them has answered in 200 ms, or all of
 * them have failed, those of the other family beside. The first connection that opens is taken.
 */
import type { Process, StreamSocket } from '../../sim/index.ts';
import { ms, SocketError } from '../../stack/index.ts';
import { type IpAddress, isIpv6, printIp } from '../../wire/index.ts';

/** How long the first family is alone (CURL_HET_DEFAULT). */
const HEAD_START = ms(200);

/** Told of what is tried, and how it goes. */
export interface ConnectEvents {
  /** A socket that connects to the address in a moment, and may be bound before. */
  trying(address: string, socket: StreamSocket): void;
  failed(address: string, error: SocketError): void;
}

const UNTOLD: ConnectEvents = { trying: () => undefined, failed: () => undefined };

/** A connection, and the address that answered. */
export interface Reached {
  readonly socket: StreamSocket;
  readonly address: string;
}

/** @throws SocketError of the last address of the first one's family, when none can be reached */
export async function connectToAny(
  process: Process,
  addresses: readonly IpAddress[],
  port: number,
  events: ConnectEvents = UNTOLD,
): Promise<Reached> {
  const isFirstVersion6 = addresses[0] !== undefined && isIpv6(addresses[0]);
  const race = new Race(process, port, events);
  const first = race.run(addresses.filter((each) => isIpv6(each) === isFirstVersion6));
  const others = addresses.filter((each) => isIpv6(each) !== isFirstVersion6);
  const reached = others.length === 0 ? await first : await race.joined(first, others);
  if (reached !== undefined) return reached;
  throw race.error ?? new SocketError('EHOSTUNREACH', 'connect');
}

class Race {
  /** Of the first family's last address. */
  error: SocketError | undefined = undefined;
  readonly #process: Process;
  readonly #port: number;
  readonly #events: ConnectEvents;
  /** Those that have not opened. */
  readonly #opening = new Set<StreamSocket>();
  #isWon = false;

  constructor(process: Process, port: number, events: ConnectEvents) {
    this.#process = process;
    this.#port = port;
    this.#events = events;
  }

  /** The second family joins; what of the two is reached first, if any is. */
  async joined(
    first: Promise<Reached | undefined>,
    others: readonly IpAddress[],
  ): Promise<Reached | undefined> {
    const late = async (): Promise<Reached | undefined> => {
      await Promise.race([first, this.#process.sleep(HEAD_START)]);
      return this.#isWon ? undefined : this.run(others);
    };
    const second = late();
    const either = await Promise.race([first, second.then((reached) => reached ?? first)]);
    return either ?? second;
  }

  /** Tries addresses in turn, until one is reached, or another has been. */
  async run(addresses: readonly IpAddress[]): Promise<Reached | undefined> {
    let last: SocketError | undefined;
    for (const each of addresses) {
      if (this.#isWon) return undefined;
      const address = printIp(each);
      try {
        return await this.#connect(address);
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        if (this.#isWon) return undefined; // and so it was given up
        this.#events.failed(address, error);
        last = error;
      }
    }
    this.error ??= last;
    return undefined;
  }

  async #connect(address: string): Promise<Reached> {
    const socket = this.#process.socket('stream');
    this.#opening.add(socket);
    try {
      this.#events.trying(address, socket);
      await socket.connect({ address, port: this.#port });
    } catch (error) {
      this.#opening.delete(socket);
      await socket.close();
      throw error;
    }
    this.#opening.delete(socket);
    this.#isWon = true;
    for (const loser of this.#opening) await loser.close();
    return { socket, address };
  }
}
