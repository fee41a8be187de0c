/** A filter expression as a tree: what the words say, whatever the link type. */

/** Protocols that have a word: alone, before `host`, `port` or `proto`, and before `[`. */
export const PROTOCOLS = [
  'ether',
  'ip',
  'ip6',
  'arp',
  'rarp',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'igrp',
  'pim',
  'vrrp',
  'carp',
  'ah',
  'esp',
] as const;

export type FilterProtocol = (typeof PROTOCOLS)[number];

/** Which end: `src host a`. Without a word it is either. */
export type Direction = 'src' | 'dst' | 'src or dst' | 'src and dst';

/** What a value is: an address if there is no word. */
export type ValueKind = 'host' | 'net' | 'port' | 'portrange' | 'proto';

/**
 * What stands before a value, and holds for values that follow without words of their own: `tcp dst
 * port 80 or 443`.
 */
export interface Qualifiers {
  readonly protocol: FilterProtocol | undefined;
  readonly direction: Direction | undefined;
  readonly kind: ValueKind | undefined;
}

/** A value as it was written. */
export type FilterValue =
  | { readonly type: 'name'; readonly text: string }
  | { readonly type: 'ipv4'; readonly text: string }
  | { readonly type: 'ipv6'; readonly text: string }
  | { readonly type: 'mac'; readonly text: string }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'prefix'; readonly text: string; readonly length: number }
  | { readonly type: 'masked'; readonly text: string; readonly mask: string };

export type RelationOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

/** A number of 32 bits, made of a packet's octets. */
export type Arithmetic =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'length' }
  | {
      /** `tcp[13]`, `ip[2:2]`: octets of a header, from its beginning. */
      readonly type: 'octets';
      readonly protocol: FilterProtocol;
      readonly index: Arithmetic;
      readonly size: number;
    }
  | { readonly type: 'negative'; readonly operand: Arithmetic }
  | {
      readonly type: 'operation';
      readonly operator: ArithmeticOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    };

/** A step of {@link Expression}'s chain. */
export interface ChainStep {
  readonly operator: 'and' | 'or';
  readonly operand: Expression;
}

export type Expression =
  | {
      /** From left to right: `and` and `or` bind equally, as pcap-filter(7) says. */
      readonly type: 'chain';
      readonly first: Expression;
      readonly steps: readonly ChainStep[];
    }
  | { readonly type: 'not'; readonly operand: Expression }
  | { readonly type: 'everything' }
  | { readonly type: 'protocol'; readonly protocol: FilterProtocol }
  | { readonly type: 'value'; readonly qualifiers: Qualifiers; readonly value: FilterValue }
  | {
      readonly type: 'relation';
      readonly operator: RelationOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    }
  | {
      readonly type: 'broadcast' | 'multicast';
      readonly protocol: FilterProtocol | undefined;
    }
  | { readonly type: 'inbound' | 'outbound' }
  | { readonly type: 'interface'; readonly index: number }
  | { readonly type: 'vlan'; readonly id: number | undefined };
