/** Signed segments (RFC 2385): who signs what, what is refused, and what tcpdump says of it. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { keyFor, keysAfter, type SignatureKey } from '../../src/stack/tcp/signature/keys.ts';
import { ADDRESS_FAMILY } from '../../src/stack/posix/constants.ts';
import { setStreamOption } from '../../src/stack/tcp/sockets/set-option.ts';
import { linux6, ms, seconds, type TcpSocket } from '../../src/stack/index.ts';
import {
  concat,
  encodeFrame,
  encodeIp,
  ETHERNET_HEADER_LENGTH,
  type IpAddress,
  IpProtocol,
  isIpv6,
  LinkType,
  listTcpOptions,
  parseIp,
  parseIpv4,
  PcapWriter,
  pseudoSum,
  put16,
  readTcpOptions,
  signTcp,
  TCP_HEADER_LENGTH,
  tcpSignature,
  writeTcpChecksum,
} from '../../src/wire/index.ts';
import { headerOf, onWire } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import {
  connecting,
  Conversation,
  errnoOf,
  FULL,
  HOST_ADDRESS,
  Laboratory,
  listening,
  PEER_ADDRESS,
  type SentFrame,
} from '../help/peer.ts';
import { HAS_TCPDUMP, realText } from '../tcpdump/real-tcpdump.ts';

const utf8 = new TextEncoder();
const SECRET = 'hello';
const KEY = utf8.encode(SECRET);

/** `struct tcp_md5sig`. */
function keyStructure(address: IpAddress, key: Uint8Array, prefixLength?: number): Uint8Array {
  const value = new Uint8Array(216);
  const { AF_INET, AF_INET6 } = ADDRESS_FAMILY;
  value[0] = isIpv6(address) ? AF_INET6 : AF_INET;
  value.set(encodeIp(address), isIpv6(address) ? 8 : 4);
  value[128] = prefixLength === undefined ? 0 : 1;
  value[129] = prefixLength ?? 0;
  value[130] = key.length;
  value.set(key, 136);
  return value;
}

function setKey(socket: TcpSocket | undefined, peer: IpAddress, key = KEY): void {
  if (socket === undefined) throw new Error('there is no socket');
  setStreamOption(socket, 'SOL_TCP', 'TCP_MD5SIG', keyStructure(peer, key), 216, 0);
}

/** Where TCP's header is in frames of this family. */
function tcpAt({ family }: Conversation): number {
  return ETHERNET_HEADER_LENGTH + family.headerLength;
}

/** A listener that has the peer's key. */
function guarded(): Conversation {
  const c = listening();
  setKey(c.listener, c.peerAddress);
  return c;
}

/** The peer sends the segment, signed. */
function signs(c: Conversation, text: string, key = KEY): void {
  const { tcp, ...rest } = c.frame(text);
  const room = new Uint8Array(20);
  const options = concat(room, tcp?.options ?? new Uint8Array());
  const bytes = encodeFrame({ ...rest, tcp: { ...tcp!, options } });
  const at = tcpAt(c);
  const [source, destination] = [onWire(c.peerAddress), onWire(c.hostAddress)];
  signTcp(bytes, at, bytes.length, source, destination, key);
  put16(bytes, at + 16, 0);
  const pseudo = pseudoSum(source, destination, IpProtocol.tcp, bytes.length - at);
  writeTcpChecksum(bytes, at, bytes.length, pseudo);
  c.laboratory.receive(bytes);
}

/** Whether the host signed the segment, and rightly. */
function isSigned({ frame }: SentFrame): boolean {
  const { bytes, tcp } = frame;
  if (tcp === undefined) throw new Error('not a segment');
  const { start, payloadAt } = tcp;
  const { signature } = readTcpOptions(bytes, start + TCP_HEADER_LENGTH, payloadAt);
  const { source, destination } = headerOf(frame);
  const right = tcpSignature(bytes, start, bytes.length, source, destination, KEY);
  return signature.length > 0 && signature.every((octet, i) => octet === right[i]);
}

/** The kinds of the options, in order. */
function kindsOf({ frame }: SentFrame): string[] {
  const list = listTcpOptions(frame.tcp?.options ?? new Uint8Array());
  if (!Array.isArray(list)) throw new Error('not a list of options');
  return list.map((option) => (option.kind === 'other' ? String(option.code) : option.kind));
}

function open(syn = '<mss 1460>'): Conversation {
  const c = guarded();
  signs(c, `S 0:0(0) win 65535 ${syn}`);
  expect(isSigned(c.sends('S. 0:0(0) ack 1'))).toBe(true);
  signs(c, '. 1:1(0) ack 1');
  c.accept();
  c.is('ESTABLISHED');
  return c;
}

describe('every segment is signed', () => {
  test('data, acknowledgments, FINs, and what TIME-WAIT answers', () => {
    const c = open();
    c.write(1000);
    expect(isSigned(c.sends('P. 1:1001(1000) ack 1'))).toBe(true);
    signs(c, 'P. 1:101(100) ack 1001');
    c.after(ms(100));
    expect(isSigned(c.sends('. 1001:1001(0) ack 101'))).toBe(true);
    c.close();
    expect(c.laboratory.sent.length).toBe(1);
    c.laboratory.sent.length = 0;
  });

  test('an orderly end', () => {
    const c = open();
    c.close();
    expect(isSigned(c.sends('F. 1:1(0) ack 1'))).toBe(true);
    signs(c, 'F. 1:1(0) ack 2');
    expect(isSigned(c.sends('. 2:2(0) ack 2'))).toBe(true);
    c.is('TIME-WAIT');
    c.after(seconds(1));
    signs(c, 'F. 1:1(0) ack 2');
    expect(isSigned(c.sends('. 2:2(0) ack 2'))).toBe(true);
  });

  test('a RST of the program, and one that answers', () => {
    const c = open();
    c.abort();
    expect(isSigned(c.sends('R. 1:1(0) ack 1'))).toBe(true);
    signs(c, '. 1:1(0) ack 1'); // for the listener now
    expect(isSigned(c.sends('R 1:1(0)'))).toBe(true);
  });

  test('a retransmission', () => {
    const c = open();
    c.write(10);
    expect(isSigned(c.sends('P. 1:11(10)'))).toBe(true);
    while (c.laboratory.sent.length === 0) c.after(ms(50));
    expect(isSigned(c.sends('P. 1:11(10)'))).toBe(true);
  });
});

describe('there is room for so much only', () => {
  test('a SYN offers no timestamps (Linux tcp_syn_options())', () => {
    const c = new Conversation(new Laboratory(), { peerPort: 80 });
    c.socket = c.newSocket();
    setKey(c.socket, c.peerAddress);
    c.socket.connect(c.peerAddress, c.peerPort, 0);
    c.hostPort = c.socket.localPort;
    const syn = c.sends('S 0:0(0)');
    expect(isSigned(syn)).toBe(true);
    // prettier-ignore
    expect(kindsOf(syn)).toEqual([
      'no-operation', 'no-operation', '19', 'maximum-segment-size',
      'no-operation', 'no-operation', 'sack-permitted', 'no-operation', 'window-scale',
    ]);
    signs(c, 'S. 0:0(0) ack 1 win 1000');
    expect(isSigned(c.sends('. 1:1(0) ack 1'))).toBe(true);
  });

  test('a SYN-ACK has two of the counters of AccECN (RFC 9768 §3.2.3.3)', () => {
    const { tcp } = linux6;
    const c = listening({ profile: { ...linux6, tcp: { ...tcp, ecn: { ...tcp.ecn, mode: 3 } } } });
    setKey(c.listener, c.peerAddress);
    signs(c, 'SAEW 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>');
    const synAck = c.sends('SW. 0:0(0) ack 1');
    // prettier-ignore
    expect(kindsOf(synAck)).toEqual([
      'no-operation', 'no-operation', '19', 'maximum-segment-size', 'accurate-ecn',
      'no-operation', 'no-operation', 'sack-permitted', 'no-operation', 'window-scale',
    ]);
    expect(synAck.frame.tcp?.options).toHaveLength(40);
  });

  test('a key that comes late counts, and the SYN that goes again is full', () => {
    const c = connecting();
    c.sends('S 0:0(0)');
    setKey(c.socket, c.peerAddress);
    while (c.laboratory.sent.length === 0) c.after(ms(100));
    const [again] = c.laboratory.sent.splice(0);
    expect(again && isSigned(again)).toBe(true);
    expect(again?.frame.tcp?.options.length).toBe(40);
  });

  test('a SYN,ACK gives timestamps up for SACK, and two blocks fit a segment', () => {
    const c = guarded();
    signs(c, `S 0:0(0) win 65535 <mss 1000,sackOK,nop,wscale 7>`);
    // prettier-ignore
    expect(kindsOf(c.sends('S. 0:0(0) ack 1'))).toEqual([
      'no-operation', 'no-operation', '19', 'maximum-segment-size',
      'no-operation', 'no-operation', 'sack-permitted', 'no-operation', 'window-scale',
    ]);
    signs(c, '. 1:1(0) ack 1');
    for (const start of [1001, 2001, 3001]) {
      signs(c, `. ${start}:${start + 100}(100) ack 1`);
      const sent = c.sends('. 1:1(0) ack 1');
      expect(isSigned(sent)).toBe(true);
      const options = listTcpOptions(sent.frame.tcp?.options ?? new Uint8Array());
      const sack = Array.isArray(options) && options.find(({ kind }) => kind === 'sack');
      const blocks = sack && sack.kind === 'sack' ? sack.blocks.length : 0;
      expect(blocks).toBe(start === 1001 ? 1 : 2);
    }
  });

  test('timestamps stay without SACK, and full segments are shorter by the signature', () => {
    const c = guarded();
    signs(c, `S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 100 ecr 0>`);
    expect(kindsOf(c.sends('S. 0:0(0) ack 1'))).toContain('timestamps');
    signs(c, '. 1:1(0) ack 1 <nop,nop,TS val 100 ecr 0>');
    c.accept();
    c.write(2000);
    expect(isSigned(c.sends('. 1:969(968) ack 1'))).toBe(true);
    expect(isSigned(c.sends('. 969:1937(968) ack 1'))).toBe(true);
    expect(isSigned(c.sends('P. 1937:2001(64) ack 1'))).toBe(true);
  });
});

describe('what is not signed as it must be goes no further', () => {
  // prettier-ignore
  test.each([
    { name: 'none where there is a key', why: 'not-signed', counter: 'TcpExtTCPMD5NotFound', by: undefined },
    { name: 'one by another key', why: 'signature-wrong', counter: 'TcpExtTCPMD5Failure', by: utf8.encode('Hello') },
  ] as const)('$name', ({ why, counter, by }) => {
    const c = open();
    const sends = (text: string): void => (by === undefined ? c.peer(text) : signs(c, text, by));
    for (const text of ['R. 1:1(0) ack 1', 'S 0:0(0)', 'P. 1:11(10) ack 1', 'F. 1:1(0) ack 1']) {
      sends(text);
      c.sendsNothing();
      c.traced(why);
      c.is('ESTABLISHED');
    }
    expect(c.host.counters[counter]).toBe(4);
    expect(c.tcb?.counts.segmentsIn).toBe(2);
  });

  test('one where there is no key', () => {
    const c = listening();
    signs(c, 'S 0:0(0) win 1000');
    c.sendsNothing();
    c.traced('signature-unexpected');
    expect(c.host.counters.TcpExtTCPMD5Unexpected).toBe(1);
  });

  test('a SYN without, where the listener has a key for its sender', () => {
    const c = guarded();
    c.peer('S 0:0(0) win 1000');
    c.sendsNothing();
    c.traced('not-signed');
  });

  test('a SYN,ACK without', () => {
    const c = connecting();
    setKey(c.socket, c.peerAddress);
    c.sends('S 0:0(0)');
    c.peer('S. 0:0(0) ack 1 win 1000');
    c.sendsNothing();
    c.is('SYN-SENT');
  });

  test('law: one bit that is another anywhere in the segment is enough', () => {
    const c = open();
    fc.assert(
      fc.property(fc.nat({ max: 15 }), fc.nat({ max: 7 }), (octet, bit) => {
        const wrong = KEY.slice();
        wrong[octet % wrong.length]! ^= 1 << bit;
        signs(c, 'R. 1:1(0) ack 1', wrong);
        c.is('ESTABLISHED');
      }),
    );
  });
});

describe('nobody is reset by mistake', () => {
  test('a signed segment for nothing is answered where a listener at its port has the key', () => {
    const c = listening({ hostPort: 179 });
    c.hostPort = 5000;
    signs(c, '. 1:1(0) ack 1');
    c.sendsNothing();
    const both = listening({ hostPort: 179, peerPort: 179 });
    setKey(both.listener, both.peerAddress);
    both.hostPort = 5000;
    signs(both, '. 1:1(0) ack 1');
    expect(isSigned(both.sends('R 1:1(0)'))).toBe(true);
    signs(both, '. 1:1(0) ack 1', utf8.encode('other'));
    both.sendsNothing();
  });
});

describe('keys', () => {
  const set = (keys: readonly SignatureKey[], ...key: Parameters<typeof keyStructure>) =>
    keysAfter(keys, keyStructure(...key), key[2] !== undefined);

  test.once('law: of those that fit, the one for the fewest addresses signs', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 7 }), fc.integer({ min: 0, max: 32 }))),
        fc.nat({ max: 7 }),
        (prefixes, host) => {
          const at = (n: number): number => parseIpv4('10.0.0.0') + n;
          let keys: readonly SignatureKey[] = [];
          for (const [i, [n, length]] of prefixes.entries()) {
            const after = set(keys, at(n), Uint8Array.of(i + 1), length);
            if (typeof after !== 'string') keys = after;
          }
          const fits = keys.filter(({ address, prefixLength }) => {
            if (isIpv6(address)) return false;
            const size = 2 ** (32 - prefixLength);
            return Math.floor(address / size) === Math.floor(at(host) / size);
          });
          const best = fits.toSorted((a, b) => b.prefixLength - a.prefixLength)[0];
          const key = keyFor(keys, at(host));
          if (best === undefined) expect(key).toBeUndefined();
          else expect(fits.find((k) => k.key === key)?.prefixLength).toBe(best.prefixLength);
          found += best === undefined ? 0 : 1;
        },
      ),
    );
    expect(found).toBeGreaterThan(30);
  });

  test.once('an empty key takes one away, and there must be one', () => {
    const one = set([], PEER_ADDRESS, KEY) as readonly SignatureKey[];
    expect(one).toHaveLength(1);
    expect(set(one, PEER_ADDRESS, new Uint8Array())).toEqual([]);
    expect(set(one, HOST_ADDRESS, new Uint8Array())).toBe('ENOENT');
    expect(set(one, PEER_ADDRESS, utf8.encode('new'))).toHaveLength(1);
  });

  test.once('a peer of IPv6 has a key of its own', () => {
    const keys = set([], parseIp('fd00::1'), KEY, 64) as readonly SignatureKey[];
    expect(keyFor(keys, parseIp('fd00::2'))).toEqual(KEY);
    expect(keyFor(keys, parseIp('fd00:0:0:1::2'))).toBeUndefined();
    expect(keyFor(keys, PEER_ADDRESS)).toBeUndefined();
  });

  test.once('what makes no sense is EINVAL', () => {
    expect(set([], PEER_ADDRESS, KEY, 33)).toBe('EINVAL');
    const ofNoFamily = keyStructure(PEER_ADDRESS, KEY);
    ofNoFamily[0] = 1;
    expect(keysAfter([], ofNoFamily, false)).toBe('EINVAL');
    const tooLong = keyStructure(PEER_ADDRESS, KEY);
    tooLong[130] = 81;
    expect(keysAfter([], tooLong, false)).toBe('EINVAL');
    const c = listening();
    const short = (): void =>
      setStreamOption(c.listener!, 'SOL_TCP', 'TCP_MD5SIG', new Uint8Array(20), 20, 0);
    expect(errnoOf(short)).toBe('EINVAL');
  });
});

test.skipIf(!HAS_TCPDUMP)('tcpdump, told the secret, finds every signature valid', () => {
  const c = guarded();
  const frames: Uint8Array[] = [];
  const take = (): void => {
    c.after(ms(100));
    frames.push(...c.laboratory.sent.splice(0).map(({ frame }) => frame.bytes));
  };
  signs(c, `S 0:0(0) win 65535 ${FULL}`);
  take();
  signs(c, '. 1:1(0) ack 1');
  c.accept();
  c.write(5000);
  take();
  signs(c, '. 1:1(0) ack 5001');
  c.close();
  take();
  const writer = new PcapWriter({ linkType: LinkType.ethernet });
  for (const bytes of frames) writer.packet({ bytes, seconds: 0, nanoseconds: 0 });
  const text = realText(concat(...writer.take()), `-n -v -M ${SECRET}`);
  expect(frames.length).toBeGreaterThan(5);
  expect(text.match(/md5 valid/g)?.length, text).toBe(frames.length);
});
