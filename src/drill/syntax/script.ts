/**
 * A packetdrill script as a tree: what `parseScript` reads and `printScript` writes. It holds what
 * the author wrote, in the script's own numbers; nothing here knows a stack.
 *
 *     script  := {option} [`init`] {event} [`cleanup`]
 *     event   := time (packet | system call | `command` | %{ code }%)
 */

/** Where something begins in the script's text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of what stands in no text: an option of the command line, a packet of the wire. */
export const NOWHERE: Place = { line: 0, column: 0 };

/** A length of time in whole microseconds, the language's resolution. */
export type Microseconds = number;

export interface Script {
  readonly options: readonly ScriptOption[];
  /** Runs before time 0. */
  readonly init: CommandText | undefined;
  readonly events: readonly ScriptEvent[];
  /** Runs at the end, also after a failure. */
  readonly cleanup: CommandText | undefined;
}

/** `--name` or `--name=value`. */
export interface ScriptOption {
  readonly place: Place;
  /** Without the dashes. */
  readonly name: string;
  /** As written, strings without their quotes; `define` has `NAME=VALUE`. */
  readonly value: string | undefined;
}

/** Shell commands between backticks. */
export interface CommandText {
  readonly place: Place;
  readonly text: string;
}

export interface ScriptEvent {
  readonly place: Place;
  readonly time: EventTime;
  readonly action: Action;
}

/** When an event happens. Ranges and `*` belong to outbound packets only. */
export type EventTime =
  | { readonly kind: 'absolute'; readonly at: Microseconds }
  | { readonly kind: 'relative'; readonly after: Microseconds }
  | { readonly kind: 'any' }
  | { readonly kind: 'absolute-range'; readonly from: Microseconds; readonly to: Microseconds }
  | { readonly kind: 'relative-range'; readonly from: Microseconds; readonly to: Microseconds };

export type Action = PacketSpec | SystemCallSpec | CommandSpec | CodeSpec;

export interface CommandSpec extends CommandText {
  readonly kind: 'command';
}

/** Assertions about a snapshot of the socket under test. */
export interface CodeSpec {
  readonly kind: 'code';
  readonly place: Place;
  /** Without `%{`, `}%` and the blanks beside them. */
  readonly text: string;
}

// Packets.

export interface PacketSpec {
  readonly kind: 'packet';
  readonly place: Place;
  /** `<` is injected into the stack, `>` is expected from it. */
  readonly direction: 'inbound' | 'outbound';
  /** Headers written before the packet's own, outermost first. */
  readonly outer: readonly OuterHeader[];
  readonly ip: IpSpec;
  readonly transport: TcpSpec | UdpSpec | IcmpSpec;
}

/** What is said of the packet's own IP header. */
export interface IpSpec {
  readonly tos:
    | { readonly kind: 'ecn'; readonly ecn: 'noecn' | 'ect0' | 'ect1' | 'ce' | 'ect01' }
    | { readonly kind: 'tos'; readonly value: number }
    | undefined;
  /** IPv6's traffic class is `tos`; its hop limit is `ttl`. */
  readonly ttl: number | undefined;
  readonly flowLabel: number | undefined;
}

export type OuterHeader =
  | {
      readonly kind: 'ipv4' | 'ipv6';
      readonly ip: IpSpec;
      readonly source: string;
      readonly destination: string;
    }
  | { readonly kind: 'gre'; readonly gre: GreSpec | undefined }
  | { readonly kind: 'mpls'; readonly labels: readonly MplsLabel[] };

export interface GreSpec {
  readonly flags: number;
  readonly sum: number;
  readonly offset: number;
  readonly key: number;
  readonly sequence: number;
}

export interface MplsLabel {
  readonly label: number;
  readonly trafficClass: number;
  readonly isBottom: boolean;
  readonly ttl: number;
}

export interface PortsSpec {
  readonly source: number;
  readonly destination: number;
}

export interface TcpSpec {
  readonly kind: 'tcp';
  /** `encap psp spi N`. */
  readonly pspSpi: number | undefined;
  readonly ports: PortsSpec | undefined;
  readonly flags: FlagsSpec;
  readonly sequence: SequenceSpec;
  /** The acknowledgment number; 0 where none is written. */
  readonly ack: NumberSpec | undefined;
  /** The raw 16 bits of the header. */
  readonly window: number | undefined;
  readonly urgentPointer: number | undefined;
  /** `'any'` is `<...>`: not compared. */
  readonly options: readonly TcpOptionSpec[] | 'any';
  /** nplab: UDP encapsulation, `/udp(a > b)`. */
  readonly udpPorts: PortsSpec | undefined;
}

export interface FlagsSpec {
  readonly fin: boolean;
  readonly syn: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
  readonly ack: boolean;
  readonly urg: boolean;
  readonly ece: boolean;
  readonly cwr: boolean;
  readonly ae: boolean;
  /** The ACE counter (AccECN) where a digit is written: 0–7. */
  readonly ace: number | undefined;
}

/** A number of the script's own, or one of the wire (nplab's `!`). */
export interface NumberSpec {
  readonly value: number;
  readonly isAbsolute: boolean;
}

/** `start:end(length)`; end is start + length. */
export type SequenceSpec =
  | {
      readonly kind: 'relative' | 'absolute';
      readonly start: number;
      readonly length: number;
    }
  /** nplab's `...(length)`: the number is not compared. */
  | { readonly kind: 'ignored'; readonly length: number };

/** One TCP option, in the order written; nothing is padded for the author. */
export type TcpOptionSpec =
  | { readonly kind: 'nop' }
  | { readonly kind: 'eol' }
  | { readonly kind: 'mss'; readonly mss: number }
  | { readonly kind: 'wscale'; readonly shift: number }
  | { readonly kind: 'sackOK' }
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlockSpec[] }
  | {
      readonly kind: 'TS';
      /** Absent for nplab's `val ...`, which is not compared. */
      readonly val: number | undefined;
      readonly ecr: number;
      /** nplab's `ecr N!`. */
      readonly isEcrAbsolute: boolean;
    }
  /** `cookie` in hex digits, empty for a request. `FO` is kind 34, the others kind 254. */
  | { readonly kind: 'FO' | 'FOEXP' | 'exp-FO'; readonly cookie: string }
  /** Hex digits, or nplab's `valid`. */
  | { readonly kind: 'md5'; readonly digest: string }
  /** AccECN's counters in the order written; `first` tells kind 172 (e0b) from 174 (e1b). */
  | { readonly kind: 'ECN'; readonly counters: readonly EcnCounterSpec[] }
  /** nplab: AccECN0 (kind 172) and AccECN1 (174). */
  | { readonly kind: 'AccECN0' | 'AccECN1'; readonly counters: readonly number[] }
  /** nplab: TARR (kind 254). */
  | { readonly kind: 'exp-tarr'; readonly rate: number | undefined }
  /** nplab: any bytes. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

export interface SackBlockSpec {
  readonly left: number;
  readonly right: number;
}

export interface EcnCounterSpec {
  readonly name: 'e0b' | 'e1b' | 'ceb';
  readonly value: number;
}

export interface UdpSpec {
  readonly kind: 'udp';
  readonly ports: PortsSpec | undefined;
  readonly payloadLength: number;
}

export interface IcmpSpec {
  readonly kind: 'icmp';
  /** `unreachable`, `echo_request` … */
  readonly type: string;
  readonly code: string | undefined;
  readonly mtu: number | undefined;
  readonly id: number | undefined;
  /** What the error quotes of the script's own packet. */
  readonly quoted:
    | { readonly kind: 'tcp'; readonly sequence: SequenceSpec }
    | { readonly kind: 'udp' | 'raw'; readonly length: number }
    | undefined;
}

// System calls.

export interface SystemCallSpec {
  readonly kind: 'system-call';
  readonly place: Place;
  /** `time...end`: when a blocking call returns, by the same base as its time. */
  readonly end: Microseconds | undefined;
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly result: Expression;
  /** `-1 EAGAIN (words)`. */
  readonly errno: string | undefined;
  /** The words in parentheses, which mean nothing. */
  readonly note: string | undefined;
}

/** An argument or result as written. Which shape a call wants is the call's matter. */
export type Expression =
  /** `...`: the tool supplies it. */
  | { readonly kind: 'ellipsis'; readonly place: Place }
  /** `isHex` keeps how it was written. −2⁶³ to 2⁶⁴ − 1. */
  | {
      readonly kind: 'integer';
      readonly place: Place;
      readonly value: bigint;
      readonly isHex: boolean;
    }
  | { readonly kind: 'word'; readonly place: Place; readonly word: string }
  /** Bytes of a string literal; `isOpen` is `"..."...`. */
  | {
      readonly kind: 'string';
      readonly place: Place;
      readonly bytes: Uint8Array;
      readonly isOpen: boolean;
    }
  /** `a|b|c`. */
  | { readonly kind: 'or'; readonly place: Place; readonly operands: readonly Expression[] }
  /** `[a, b]`: what a pointer points at. */
  | { readonly kind: 'array'; readonly place: Place; readonly items: readonly Expression[] }
  /** `{a, name=b, msg_iov(1)=c}`. */
  | { readonly kind: 'struct'; readonly place: Place; readonly fields: readonly Field[] }
  /** `htons(8080)`, `inet_addr("192.0.2.1")`. */
  | {
      readonly kind: 'call';
      readonly place: Place;
      readonly name: string;
      readonly arguments: readonly Expression[];
    }
  /** `NAME = value` outside of a struct. */
  | {
      readonly kind: 'assignment';
      readonly place: Place;
      readonly name: string;
      readonly value: Expression;
    };

/** One field of a struct; a positional one has no name. */
export interface Field {
  readonly name: string | undefined;
  /** `msg_iov(1)`: what stands in parentheses behind the name. */
  readonly argument: Expression | undefined;
  readonly value: Expression;
}
