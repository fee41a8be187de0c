/**
 * A server with a hand at the other end of its link: a program there writes each segment itself, at
 * the client's address, as one of the laboratory did on a TAP device. Nothing answers by itself.
 */
import type { HostProfile, Instant, Network, Outside, Process, SimulatedHost } from 'tcpetri';
import { cause } from 'tcpetri/stack';
import {
  decodeFrame,
  encodeFrame,
  encodeTcpOptions,
  Ipv4Flag,
  LinkType,
  parseIpv4,
  parseMac,
  TcpFlag,
  type TcpOption,
  type TcpSegment,
  toSeq,
} from 'tcpetri/wire';
import { CLASSIC, CLIENT, CLIENT_MAC, SERVER, SERVER_MAC, TICK_PHASE } from './lab.ts';

const BY_HAND = cause('by-hand', 'a segment that a program wrote', 'scenario');

/** Flags by tcpdump's letters. */
const FLAGS: readonly (readonly [letter: string, flag: number])[] = [
  ['F', TcpFlag.fin],
  ['S', TcpFlag.syn],
  ['R', TcpFlag.rst],
  ['P', TcpFlag.psh],
  ['.', TcpFlag.ack],
];

/** A segment to write: what is left out is zero or nothing. */
export interface HandMade {
  readonly from: number;
  readonly to: number;
  readonly seq: number;
  readonly ack?: number;
  /** As tcpdump shows them: `P.`. */
  readonly flags: string;
  readonly window: number;
  readonly options?: readonly TcpOption[];
  readonly payload?: Uint8Array;
  readonly ttl?: number;
  /** The identification of IP. */
  readonly id?: number;
}

export class Wire {
  readonly #outside: Outside;
  #heard: TcpSegment | undefined = undefined;

  constructor(outside: Outside) {
    this.#outside = outside;
    outside.plug({
      receive: (frame) => {
        const { tcp } = decodeFrame(LinkType.ethernet, frame.slice());
        this.#heard = tcp ?? this.#heard;
      },
    });
  }

  /** The server's last segment. @throws RangeError when none has come */
  heard(): TcpSegment {
    if (this.#heard === undefined) throw new RangeError('nothing was heard at the wire');
    return this.#heard;
  }

  write({ from, to, flags, seq, ack = 0, options = [], ...rest }: HandMade, now: Instant): void {
    const { window, payload, ttl = 64, id = 0 } = rest;
    const frame = encodeFrame({
      ethernet: { source: parseMac(CLIENT_MAC), destination: parseMac(SERVER_MAC) },
      ipv4: {
        source: parseIpv4(CLIENT),
        destination: parseIpv4(SERVER),
        id,
        flags: Ipv4Flag.dontFragment,
        ttl,
      },
      tcp: {
        sourcePort: from,
        destinationPort: to,
        seq: toSeq(seq),
        ack: toSeq(ack),
        flags: flagsOf(flags),
        window,
        options: encodeTcpOptions(options),
      },
      payload,
    });
    this.#outside.enter(frame, BY_HAND, now);
  }
}

function flagsOf(letters: string): number {
  const set = FLAGS.filter(([letter]) => letters.includes(letter));
  return set.reduce((bits, [, flag]) => bits | flag, 0);
}

/** The laboratory's server at a wire, captured there, and who runs the program at its other end. */
export function wiredServer(
  network: Network,
  profile: HostProfile = CLASSIC,
): {
  readonly server: SimulatedHost;
  readonly wire: Wire;
  readonly run: (body: (process: Process) => Promise<void>) => void;
} {
  const server = network.host('server', { profile, tickPhase: TICK_PHASE });
  const at = network.interface(server, 'eth0', { address: `${SERVER}/24`, mac: SERVER_MAC });
  const outside = network.outside();
  network.link(at, outside, { latency: 0 });
  server.command(`ip neigh replace ${CLIENT} lladdr ${CLIENT_MAC} dev eth0 nud permanent`);
  network.capture(at);
  const hand = network.host('hand');
  return { server, wire: new Wire(outside), run: (body) => hand.run('hand', body) };
}

/** Options in few words. */
export const NOP: TcpOption = { kind: 'no-operation' };
export const SACK_PERMITTED: TcpOption = { kind: 'sack-permitted' };
/** Ends the list, and fills it up by one octet more. */
export const END: TcpOption = { kind: 'end-of-list', padding: new Uint8Array(1) };

export function segmentSize(mss: number): TcpOption {
  return { kind: 'maximum-segment-size', mss };
}

export function windowScale(shift: number): TcpOption {
  return { kind: 'window-scale', shift };
}

export function timestamps(tsVal: number, tsEcr = 0): TcpOption {
  return { kind: 'timestamps', tsVal, tsEcr };
}
