/** How `traceroute` asks: by datagrams to ports that nobody has, or by echo requests. */
import { PATH_MTU_DISCOVERY } from '../../stack/index.ts';
import { encodeIcmpv4, Icmpv4Type, IpProtocol, printIp, u16 } from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../raw-packet-socket.ts';
import { echoPair, type Quote } from './icmp-answers.ts';

const { IP_PMTUDISC_DO, IP_PMTUDISC_DONT } = PATH_MTU_DISCOVERY;

/** One way of asking. */
export interface ProbeMethod {
  /** Sends the probe of that number with that time to live. @throws SocketError */
  send(number: number, ttl: number): void;
  /** The probe that an error quotes; nothing for another's packet. */
  quoted(quote: Quote): number | undefined;
  /** The probe that an echo reply answers, of those that ask by echo requests. */
  replied(transport: Uint8Array): number | undefined;
}

/** What is asked, and how. */
export interface ProbeTarget {
  readonly destination: number;
  /** Of the whole packet. */
  readonly length: number;
  readonly dontFragment: boolean;
  /** The first port, or the first sequence number. */
  readonly first: number;
}

const HEADERS = 28;

/** Octets to fill a probe. */
function filler(length: number): Uint8Array {
  return Uint8Array.from({ length: Math.max(length - HEADERS, 0) }, (_, i) => 0x40 + (i & 0x3f));
}

/** Each probe is a datagram of a socket of its own, to one port more than the one before. */
export function datagramProbes(process: Process, target: ProbeTarget): ProbeMethod {
  const { destination, length, dontFragment, first } = target;
  const address = printIp(destination);
  const data = filler(length);
  return {
    send(number, ttl): void {
      const socket = process.socket('datagram');
      const mtuDiscovery = dontFragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
      const { stackSocket } = socket;
      stackSocket.ipv4 = { ...stackSocket.ipv4, ttl, mtuDiscovery };
      socket.send(data, { address, port: first + number });
      socket.close();
    },
    quoted({ protocol, destination: to, transport }): number | undefined {
      if (protocol !== IpProtocol.udp || to !== destination) return undefined;
      return u16(transport, 2) - first;
    },
    replied: () => undefined,
  };
}

/** Each probe is an echo request, with one sequence number more. */
export function echoProbes(
  process: Process,
  socket: RawPacketSocket,
  target: ProbeTarget,
): ProbeMethod {
  const { destination, length, dontFragment, first } = target;
  const identifier = process.pid & 0xffff;
  const payload = filler(length);
  const numberOf = (transport: Uint8Array): number | undefined => {
    const pair = echoPair(transport);
    return pair.identifier === identifier ? pair.sequence - first : undefined;
  };
  return {
    send(number, ttl): void {
      const rest = identifier * 0x1_0000 + ((first + number) & 0xffff);
      socket.stackSocket.ttl = ttl;
      socket.stackSocket.mtuDiscovery = dontFragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
      const message = { type: Icmpv4Type.echoRequest, code: 0, rest, payload };
      socket.send(IpProtocol.icmp, encodeIcmpv4(message), destination);
    },
    quoted({ protocol, destination: to, transport }): number | undefined {
      return protocol === IpProtocol.icmp && to === destination ? numberOf(transport) : undefined;
    },
    replied: numberOf,
  };
}
