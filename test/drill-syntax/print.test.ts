/** What is printed reads back as the same tree, for every kind of node that there is. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseScript } from '../../src/drill/syntax/parse-script.ts';
import { printExpression } from '../../src/drill/syntax/print-expression.ts';
import { printScript } from '../../src/drill/syntax/print-script.ts';
import { ScriptError } from '../../src/drill/syntax/script-error.ts';
import type {
  Action,
  EventTime,
  Expression,
  IcmpSpec,
  IpSpec,
  OuterHeader,
  PacketSpec,
  Script,
  SequenceSpec,
  TcpOptionSpec,
} from '../../src/drill/syntax/script.ts';
import { place } from './arbitrary-basics.ts';
import { expression } from './arbitrary-call.ts';
import { script } from './arbitrary-script.ts';

type Kind =
  | EventTime['kind']
  | Action['kind']
  | OuterHeader['kind']
  | NonNullable<IpSpec['tos']>['kind']
  | PacketSpec['transport']['kind']
  | SequenceSpec['kind']
  | TcpOptionSpec['kind']
  | NonNullable<IcmpSpec['quoted']>['kind']
  | Expression['kind'];

/** Every kind of node; the compiler says if one is missing. */
const KINDS: Record<Kind, true> = {
  absolute: true,
  relative: true,
  any: true,
  'absolute-range': true,
  'relative-range': true,
  packet: true,
  'system-call': true,
  command: true,
  code: true,
  ipv4: true,
  ipv6: true,
  gre: true,
  mpls: true,
  ecn: true,
  tos: true,
  tcp: true,
  udp: true,
  icmp: true,
  raw: true,
  ignored: true,
  nop: true,
  eol: true,
  mss: true,
  wscale: true,
  sackOK: true,
  sack: true,
  TS: true,
  FO: true,
  FOEXP: true,
  'exp-FO': true,
  md5: true,
  ECN: true,
  AccECN0: true,
  AccECN1: true,
  'exp-tarr': true,
  ellipsis: true,
  integer: true,
  word: true,
  string: true,
  or: true,
  array: true,
  struct: true,
  call: true,
  assignment: true,
};

/** The tree with every place the same. */
function withoutPlaces(node: unknown): unknown {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node;
  if (Array.isArray(node)) return node.map(withoutPlaces);
  const entries = Object.entries(node).map(([key, value]): [string, unknown] => [
    key,
    key === 'place' ? place : withoutPlaces(value),
  ]);
  return Object.fromEntries(entries);
}

function parsed(text: string): Script {
  const tree = parseScript(text);
  if (tree instanceof ScriptError) throw new Error(`${tree.toString()}\n${text}`);
  return tree;
}

test('parse(print(tree)) is the tree, and printing it again changes nothing', () => {
  fc.assert(
    fc.property(script, (tree) => {
      const text = printScript(tree);
      const again = parsed(text);
      expect(withoutPlaces(again)).toEqual(tree);
      expect(printScript(again)).toBe(text);
    }),
    { numRuns: 400 },
  );
});

test('a value reads back as the same value, as an argument of a call', () => {
  fc.assert(
    fc.property(expression, (value) => {
      const [event] = parsed(`0 f(${printExpression(value)}) = 0`).events;
      if (event?.action.kind !== 'system-call') throw new Error('no system call');
      expect(withoutPlaces(event.action.arguments)).toEqual([value]);
    }),
    { numRuns: 400 },
  );
});

test('the trees of these laws have every kind of node', () => {
  const seen = new Set<unknown>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return;
    if ('kind' in node) seen.add(node.kind);
    for (const child of Object.values(node)) visit(child);
  };
  for (const tree of fc.sample(script, { numRuns: 400, seed: 3 })) visit(tree);
  expect(Object.keys(KINDS).filter((kind) => !seen.has(kind))).toEqual([]);
});

test('the text is in the style of the field', () => {
  const text = `--ip_version=ipv4
--define=CC="reno"
\`../common/defaults.sh\`

    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 setsockopt(3, SOL_TCP, TCP_CONGESTION, "reno", 4) = 0
   +0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
   +0 > S. 0:0(0) ack 1 <...>
  +.1 < [ect0] P.5 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>
+.001~+1.5 > . 1:1(0) ack 1001 <nop,nop,sack 1:2 3:4>
    * > (tos 0x10, flowlabel 0x1) R 1:1(0)
+.2...0.3 read(3, ..., 10) = -1 EAGAIN (Resource temporarily unavailable)
   +0 poll([{fd=3, events=POLLIN|POLLOUT, revents=0x0}], 1, -1) = 0
   +0 < icmp unreachable frag_needed mtu 1000 [1:1001(1000)]
   +0 %{ assert tcpi_snd_cwnd == 10 }%

\`echo done\`
`;
  expect(printScript(parsed(text))).toBe(text);
});
