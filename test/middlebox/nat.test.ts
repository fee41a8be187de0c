/** Network address translation: RFC 4787 (UDP), RFC 5382 (TCP), RFC 5508 (ICMP), and Linux's. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Administrator, masquerade, minutes, nat, seconds } from '../../src/stack/index.ts';
import {
  decodeIpv4,
  DecodeError,
  encodeUdp,
  onesSum,
  printIpv4,
  u16,
} from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';
import { A, B, Crossing, S, SHARED, T } from './crossing.ts';

const crossing = (options: Partial<Parameters<typeof nat>[0]> = {}): Crossing =>
  new Crossing([nat({ outside: 'eth1', ...options })]);

describe('mapping (RFC 4787 §4)', () => {
  test('REQ-1: one port outside, whatever the peer; it keeps its number', () => {
    const c = crossing();
    c.udp(`${A}.5000 > ${S}.53`);
    c.udp(`${A}.5000 > ${T}.99`);
    expect(c.said()).toEqual([`eth1 ${SHARED}.5000 > ${S}.53`, `eth1 ${SHARED}.5000 > ${T}.99`]);
  });

  test('§4.2.2: a port that is taken gives way to the next that is even or odd as it is', () => {
    const c = crossing();
    c.udp(`${A}.5001 > ${S}.53`);
    c.udp(`${B}.5001 > ${S}.53`);
    c.udp(`${A}.65535 > ${S}.53`);
    c.udp(`${B}.65535 > ${S}.53`);
    c.udp(`${B}.1023 > ${S}.53`);
    const ports = c.sent.map(({ frame }) => frame.udp?.sourcePort);
    expect(ports).toEqual([5001, 5003, 65_535, 1025, 1023]);
  });

  test('Linux: a port serves two hosts inside, as long as their peers differ', () => {
    const c = new Crossing([masquerade('eth1')]);
    c.tcp(`${A}.5000 > ${S}.80`);
    c.tcp(`${B}.5000 > ${T}.80`);
    c.tcp(`${B}.5000 > ${S}.80`);
    expect(c.said()).toEqual([
      `eth1 ${SHARED}.5000 > ${S}.80`,
      `eth1 ${SHARED}.5000 > ${T}.80`,
      `eth1 ${SHARED}.5002 > ${S}.80`,
    ]);
    c.tcp(`${S}.80 > ${SHARED}.5002`, 'S.');
    c.tcp(`${T}.80 > ${SHARED}.5000`, 'S.');
    expect(c.said()).toEqual([`eth0 ${S}.80 > ${B}.5000`, `eth0 ${T}.80 > ${B}.5000`]);
  });

  test('a mapping ends with its last connection, and its port is free', () => {
    const c = crossing();
    c.udp(`${A}.5000 > ${S}.53`);
    c.passes(minutes(5));
    c.udp(`${B}.5000 > ${S}.53`);
    expect(c.said()[1]).toBe(`eth1 ${SHARED}.5000 > ${S}.53`);
    expect(c.host.tracker.flows.size).toBe(1);
  });
});

describe('filtering (RFC 4787 §5)', () => {
  // Who may answer to a port that A has opened to S port 53.
  // prettier-ignore
  test.each([
    { filtering: 'endpoint-independent', passes: [`${S}.53`, `${S}.54`, `${T}.53`] },
    { filtering: 'address-dependent', passes: [`${S}.53`, `${S}.54`] },
    { filtering: 'address-and-port-dependent', passes: [`${S}.53`] },
  ] as const)('$filtering', ({ filtering, passes }) => {
    const c = crossing({ filtering });
    c.udp(`${A}.5000 > ${S}.53`);
    c.said();
    for (const peer of [`${S}.53`, `${S}.54`, `${T}.53`]) c.udp(`${peer} > ${SHARED}.5000`);
    expect(c.said()).toEqual(passes.map((peer) => `eth0 ${peer} > ${A}.5000`));
    expect(c.drops).toEqual(Array.from({ length: 3 - passes.length }, () => 'nat-filtered'));
  });

  test('a port that nobody has opened is this host’s', () => {
    const c = crossing();
    c.udp(`${S}.53 > ${SHARED}.5000`);
    expect(c.said()).toEqual([`eth1 ${SHARED} > ${S} icmp 3 code 3`]);
  });
});

test('hairpinning: two hosts inside by the address outside (RFC 4787 §6, RFC 5382 REQ-8)', () => {
  const c = crossing({ filtering: 'endpoint-independent' });
  c.udp(`${A}.5000 > ${S}.53`);
  c.udp(`${B}.6000 > ${S}.53`);
  c.said();
  c.udp(`${A}.5000 > ${SHARED}.6000`);
  c.udp(`${B}.6000 > ${SHARED}.5000`);
  expect(c.said()).toEqual([`eth0 ${SHARED}.5000 > ${B}.6000`, `eth0 ${SHARED}.6000 > ${A}.5000`]);
});

test('a forwarded port leads inside, and back', () => {
  const c = crossing({ forwards: [{ protocol: 'tcp', port: 80, to: `${A}:8080` }] });
  c.tcp(`${S}.4000 > ${SHARED}.80`);
  c.tcp(`${A}.8080 > ${S}.4000`, 'S.');
  expect(c.said()).toEqual([`eth0 ${S}.4000 > ${A}.8080`, `eth1 ${SHARED}.80 > ${S}.4000`]);
  expect(() => nat({ outside: 'eth1', forwards: [{ protocol: 'tcp', port: 1, to: 'x' }] }).install(c.host)).toThrow('not an address and port'); // prettier-ignore
});

test('fragments are put together, translated, and cut again (RFC 4787 §11, REQ-14)', () => {
  const c = crossing();
  const whole = encodeUdp({ sourcePort: 5000, destinationPort: 53, payload: stream(0, 1992) }, 0);
  const fragment = (from: number, to: number, flags: number): void =>
    c.arrives(`${A}.0 > ${S}.0`, {
      ipv4: { protocol: 17, id: 7, flags, fragmentOffset: from } as never,
      payload: whole.subarray(from, to),
    });
  fragment(1000, 2000, 0);
  expect(c.said()).toEqual([]);
  fragment(0, 1000, 1);
  const [first, second] = c.sent.splice(0).map(({ frame }) => frame);
  expect(printIpv4(second?.ipv4?.source ?? 0)).toBe(SHARED);
  expect([first?.ipv4?.flags, second?.ipv4?.fragmentOffset]).toEqual([1, 1480]);
});

describe('TCP that nobody inside began (RFC 5382 §4.3)', () => {
  test('REQ-4: a SYN is refused after six seconds', () => {
    const c = crossing();
    c.tcp(`${S}.80 > ${SHARED}.5000`);
    c.passes(seconds(5.9));
    c.tcp(`${S}.80 > ${SHARED}.5000`);
    expect(c.said()).toEqual([]);
    c.passes(seconds(0.1));
    expect(c.said()).toEqual([`eth1 ${SHARED} > ${S} icmp 3 code 3`]);
    expect(c.drops).toEqual(['nat-unsolicited-syn', 'nat-unsolicited-syn']);
    c.passes(seconds(10));
    expect(c.said()).toEqual([]);
  });

  test('REQ-2: a SYN of the other side crosses it, and both open at once', () => {
    const c = crossing();
    c.tcp(`${S}.80 > ${SHARED}.5000`);
    c.tcp(`${A}.5000 > ${S}.80`);
    c.tcp(`${S}.80 > ${SHARED}.5000`);
    c.passes(seconds(7));
    expect(c.said()).toEqual([`eth1 ${SHARED}.5000 > ${S}.80`, `eth0 ${S}.80 > ${A}.5000`]);
    c.tcp(`${A}.5000 > ${S}.80`, 'S.');
    expect([...c.host.tracker.flows][0]?.tcpState).toBe('SYN_RECV');
  });

  test('an answer to nothing does not leave with an inside address', () => {
    const c = crossing();
    c.tcp(`${A}.5000 > ${S}.80`, '.');
    expect([c.said(), c.drops]).toEqual([[], ['nat-unknown']]);
  });
});

describe('how long connections last (RFC 5382 §5)', () => {
  const open = (c: Crossing): void => {
    c.tcp(`${A}.5000 > ${S}.80`);
    c.tcp(`${S}.80 > ${SHARED}.5000`, 'S.');
    c.tcp(`${A}.5000 > ${S}.80`, '.');
  };
  const isKnown = (c: Crossing): boolean => c.host.tracker.flows.size > 0;

  test('REQ-5: 2 h 4 min established, 4 min before and after', () => {
    const c = crossing();
    c.tcp(`${A}.5000 > ${S}.80`);
    c.passes(minutes(4) - 1);
    expect(isKnown(c)).toBe(true);
    c.passes(1);
    expect(isKnown(c)).toBe(false);
    open(c);
    c.passes(minutes(124) - 1);
    expect(isKnown(c)).toBe(true);
    c.passes(1);
    expect(isKnown(c)).toBe(false);
    open(c);
    c.tcp(`${S}.80 > ${SHARED}.5000`, 'F.');
    c.tcp(`${A}.5000 > ${S}.80`, 'F.');
    c.tcp(`${S}.80 > ${SHARED}.5000`, '.');
    expect([...c.host.tracker.flows][0]?.tcpState).toBe('TIME_WAIT');
    c.passes(minutes(4));
    expect([isKnown(c), c.host.deadline]).toEqual([false, Number.POSITIVE_INFINITY]);
  });

  test('a new connection of the same numbers takes the place of one in TIME_WAIT', () => {
    const c = crossing();
    open(c);
    c.tcp(`${S}.80 > ${SHARED}.5000`, 'R');
    expect([...c.host.tracker.flows][0]?.tcpState).toBe('CLOSE');
    open(c);
    expect([...c.host.tracker.flows].map(({ tcpState }) => tcpState)).toEqual(['ESTABLISHED']);
  });

  test('a full table: who waits for an answer gives way, who has one does not', () => {
    const c = crossing();
    c.host.settings.tracking.most = 3;
    open(c);
    for (const port of [1, 2, 3, 4]) c.tcp(`${B}.${port} > ${S}.80`);
    const ports = [...c.host.tracker.flows].map(({ original }) => original.sourcePort);
    expect(ports).toEqual([5000, 3, 4]);
  });
});

describe('ICMP (RFC 5508)', () => {
  test('REQ-1: an echo request has its identifier for a port', () => {
    const c = crossing();
    c.ping(`${A}.7 > ${S}.0`);
    c.ping(`${B}.7 > ${S}.0`);
    c.ping(`${S}.0 > ${SHARED}.9`, 0);
    c.ping(`${S}.0 > ${SHARED}.11`, 0);
    expect(c.said()).toEqual([
      `eth1 ${SHARED} > ${S} icmp 8 id 7`,
      `eth1 ${SHARED} > ${S} icmp 8 id 9`,
      `eth0 ${S} > ${B} icmp 0 id 7`,
    ]);
  });

  /** The addresses and ports in the quote of the error that left last. */
  const quoteOf = (c: Crossing): string => {
    const { frame } = c.sent.splice(0).at(-1)!;
    const quoted = decodeIpv4(frame.payload);
    if (quoted instanceof DecodeError) throw new Error(quoted.toString());
    expect(onesSum(quoted.bytes, 0, quoted.payloadAt)).toBe(0xffff);
    const [from, to] = [u16(quoted.payload, 0), u16(quoted.payload, 2)];
    const outer = `${printIpv4(frame.ipv4?.source ?? 0)} > ${printIpv4(frame.ipv4?.destination ?? 0)}`;
    return `${outer}: ${printIpv4(quoted.source)}.${from} > ${printIpv4(quoted.destination)}.${to}`;
  };

  test('REQ-4: an error from outside says to its receiver what that had sent', () => {
    const c = crossing();
    c.udp(`${A}.5001 > ${S}.53`);
    c.udp(`${B}.5001 > ${S}.53`, stream(0, 100));
    const quote = c.sent.splice(0)[1]!.frame.bytes.slice(14);
    c.arrives(`${T}.0 > ${SHARED}.0`, { icmpv4: { type: 3, code: 1 }, payload: quote });
    expect(quoteOf(c)).toBe(`${T} > ${B}: ${B}.5001 > ${S}.53`);
  });

  test('REQ-5: an error from inside names the address outside', () => {
    const c = crossing({ forwards: [{ protocol: 'udp', port: 80, to: `${A}:8080` }] });
    c.udp(`${S}.4000 > ${SHARED}.80`);
    const quote = c.sent.splice(0)[0]!.frame.bytes.slice(14);
    c.arrives(`${A}.0 > ${S}.0`, { icmpv4: { type: 3, code: 3 }, payload: quote });
    expect(quoteOf(c)).toBe(`${SHARED} > ${S}: ${S}.4000 > ${SHARED}.80`);
  });

  test('what this host says of a packet that it has turned inside', () => {
    const c = crossing();
    c.udp(`${A}.5001 > ${S}.53`);
    c.sent.splice(0);
    c.arrives(`${S}.53 > ${SHARED}.5001`, {
      ipv4: { ttl: 1 } as never,
      udp: {} as never,
      payload: stream(0, 10),
    });
    expect(quoteOf(c)).toBe(`${SHARED} > ${S}: ${S}.53 > ${SHARED}.5001`);
  });

  test('an error about nothing that is known goes nowhere inside', () => {
    const c = crossing();
    c.arrives(`${T}.0 > ${SHARED}.0`, { icmpv4: { type: 3, code: 1 }, payload: stream(0, 40) });
    expect(c.said()).toEqual([]);
  });
});

test('a NAT is for IPv4: packets of IPv6 pass as they are, and no port is forwarded to one', () => {
  const c = crossing();
  c.udp('2001:db8:1::2.5000 > 2001:db8:2::2.53');
  c.udp('2001:db8:2::2.53 > 2001:db8:1::2.5000');
  expect(c.said()).toEqual([
    'eth1 2001:db8:1::2.5000 > 2001:db8:2::2.53',
    'eth0 2001:db8:2::2.53 > 2001:db8:1::2.5000',
  ]);
  const forwards = [{ protocol: 'tcp', port: 80, to: '[2001:db8:1::2]:80' }] as const;
  expect(() => crossing({ forwards })).toThrow(
    'a NAT is for IPv4, which "[2001:db8:1::2]:80" is not',
  );
});

test('conntrack -L, and the sysctls of its times', () => {
  const c = new Crossing([masquerade('eth1')]);
  const run = (words: string): string | undefined =>
    new Administrator(c.host).run(words.split(' '), '', c.now)?.output;
  run('sysctl net.netfilter.nf_conntrack_tcp_timeout_established=432000');
  run('sysctl net.netfilter.nf_conntrack_udp_timeout=30');
  c.tcp(`${A}.5000 > ${S}.80`);
  c.tcp(`${S}.80 > ${SHARED}.5000`, 'S.');
  c.tcp(`${A}.5000 > ${S}.80`, '.');
  c.udp(`${B}.5001 > ${S}.53`);
  c.passes(seconds(1));
  expect(run('conntrack -L')?.trim().split('\n')).toEqual([
    `tcp      6 431999 ESTABLISHED src=${A} dst=${S} sport=5000 dport=80 src=${S} dst=${SHARED} sport=80 dport=5000 [ASSURED] mark=0 use=1`,
    `udp      17 29 src=${B} dst=${S} sport=5001 dport=53 [UNREPLIED] src=${S} dst=${SHARED} sport=53 dport=5001 mark=0 use=1`,
  ]);
  run('sysctl net.netfilter.nf_conntrack_max=2');
  c.tcp(`${B}.5002 > ${S}.80`);
  expect(run('conntrack -L')).not.toContain('udp');
  expect(new Administrator(c.host).run(['conntrack', '-E'], '', 0)?.status).toBe(2);
});

test('law: whatever goes out comes back to who sent it, and checksums hold', () => {
  let shared = 0;
  const packet = fc.record({
    host: fc.constantFrom(A, B),
    peer: fc.constantFrom(S, T),
    port: fc.integer({ min: 1021, max: 1026 }),
    protocol: fc.constantFrom('tcp', 'udp', 'ping'),
  });
  fc.assert(
    fc.property(
      fc.array(packet, { minLength: 5, maxLength: 30 }),
      fc.boolean(),
      (packets, linux) => {
        const c = linux ? new Crossing([masquerade('eth1')]) : crossing();
        const owners = new Map<string, string>();
        for (const { host, peer, port, protocol } of packets) {
          const far = protocol === 'ping' ? 0 : 9;
          const send = (text: string, isBack: boolean): void => {
            if (protocol === 'udp') c.udp(text);
            else if (protocol === 'tcp') c.tcp(text, isBack ? 'S.' : 'S');
            else c.ping(text, isBack ? 0 : 8);
          };
          send(`${host}.${port} > ${peer}.${far}`, false);
          const { frame } = c.sent.splice(0)[0]!;
          const outside = (frame.tcp ?? frame.udp)?.sourcePort ?? frame.icmpv4!.rest >>> 16;
          const owner = `${host}.${port}`;
          const key = `${protocol} ${outside} ${linux ? peer : ''}`;
          expect(owners.get(key) ?? owner).toBe(owner);
          owners.set(key, owner);
          if (outside !== port) shared += 1;
          send(`${peer}.${far} > ${SHARED}.${outside}`, true);
          const back =
            protocol === 'ping' ? `${peer} > ${host} icmp 0 id ${port}` : `${peer}.9 > ${owner}`;
          expect(c.said()).toEqual([`eth0 ${back}`]);
        }
        c.passes(minutes(300));
        expect(c.host.tracker.flows.size).toBe(0);
      },
    ),
  );
  expect(shared).toBeGreaterThan(20);
});
