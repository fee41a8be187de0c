/** What each box does to single packets, and what hosts make of it. */
import { describe, expect, test } from 'vitest';
import {
  Administrator,
  bleachEcn,
  clampMss,
  firewall,
  icmpBlackhole,
  insideOnly,
  minutes,
  ms,
  randomizeSequences,
  seconds,
  splitHandshake,
  stripOptions,
  synProxy,
} from '../../src/stack/index.ts';
import {
  DecodeError,
  encodeTcpOptions,
  foldSum,
  listTcpOptions,
  onesSum,
  parseIp,
  pseudoSum,
  seqToU32,
  type TcpOption,
  toSeq,
  u32,
} from '../../src/wire/index.ts';
import { pattern, play } from '../sim/lab.ts';
import { Crossing, FAMILIES } from './crossing.ts';

const SUBNETS = {
  IPv4: ['10.1.0.0/24', '10.2.0.0/24'],
  IPv6: ['2001:db8:1::/64', '2001:db8:2::/64'],
} as const;
const SOCKET = { IPv4: 'AF_INET', IPv6: 'AF_INET6' } as const;

describe.each(FAMILIES)('a firewall ($family)', (family) => {
  const { A, B, S, ROUTER, portUnreachable } = family;
  const whole = family.family === 'IPv4' ? 32 : 128;
  const unreachable = `icmp ${portUnreachable.type} code ${portUnreachable.code}`;

  test('what inside begins goes on, nothing else comes in', () => {
    const c = new Crossing([insideOnly('eth0')]);
    c.tcp(`${S}.80 > ${A}.5000`);
    c.udp(`${S}.53 > ${A}.5000`);
    c.tcp(`${A}.5000 > ${S}.80`);
    c.tcp(`${S}.80 > ${A}.5000`, 'S.');
    c.tcp(`${S}.81 > ${A}.5000`, '.');
    expect(c.said()).toEqual([`eth1 ${A}.5000 > ${S}.80`, `eth0 ${S}.80 > ${A}.5000`]);
    expect(c.drops).toEqual(['firewall', 'firewall', 'firewall']);
    c.passes(minutes(5));
    c.tcp(`${S}.80 > ${A}.5000`, '.');
    expect(c.said()).toEqual([]);
  });

  test('errors about a connection are let in with it', () => {
    const c = new Crossing([insideOnly('eth0')]);
    c.udp(`${A}.5000 > ${S}.53`);
    const payload = c.sent.splice(0)[0]!.frame.bytes.slice(14);
    c.error(S, A, portUnreachable, payload);
    c.error(S, B, portUnreachable, payload.slice(0, family.headers - 20));
    expect(c.said()).toEqual([`eth0 ${S} > ${A} ${unreachable}`]);
  });

  // prettier-ignore
  test.each([
    { rule: { verdict: 'reset' }, says: [`eth0 ${S}.80 > ${A}.5000`] },
    { rule: { verdict: 'reject' }, says: [`eth0 ${ROUTER} > ${A} ${unreachable}`] },
    { rule: { verdict: 'drop' }, says: [] },
    { rule: { verdict: 'drop', in: 'eth1' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', out: 'eth0' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', protocol: 'udp' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', destinationPort: 81 }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', sourcePort: 1 }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', source: `${B}/${whole}` }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', destination: '10.0.0.0/8' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', destination: 'fd00::/8' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', destination: `${S}/8` }, says: [] },
    { rule: { verdict: 'drop', states: ['established'] }, says: [`eth1 ${A}.5000 > ${S}.80`] },
  ] as const)('$rule', ({ rule, says }) => {
    const c = new Crossing([firewall({ forward: [rule] })]);
    c.tcp(`${A}.5000 > ${S}.80`);
    expect(c.said()).toEqual(says);
  });

  test('of the host itself; causes name chain and rule', () => {
    const c = new Crossing([firewall({ input: [{ name: 'nothing-for-us', verdict: 'drop' }] })]);
    c.ping(`${A}.1 > ${ROUTER}.0`);
    expect([c.said(), c.drops]).toEqual([[], ['firewall']]);
    expect(c.reasons).toEqual(['rule nothing-for-us of the input chain says drop']);
  });

  test('ICMP is a protocol of one family', () => {
    for (const protocol of ['icmp', 'icmpv6'] as const) {
      const c = new Crossing([firewall({ forward: [{ protocol, verdict: 'drop' }] })]);
      c.ping(`${A}.1 > ${S}.0`);
      const isStopped = (protocol === 'icmp') === (family.family === 'IPv4');
      expect(c.drops).toEqual(isStopped ? ['firewall'] : []);
    }
  });

  test('an echo is answered, and an answer that nobody asked for is not let in', () => {
    const c = new Crossing([insideOnly('eth0')]);
    c.ping(`${A}.7 > ${S}.0`);
    c.ping(`${S}.0 > ${A}.7`, 0);
    c.ping(`${S}.0 > ${A}.8`, 0);
    expect(c.said()).toHaveLength(2);
    expect(c.drops).toEqual(['firewall']);
    expect(c.host.tracker.flows.size).toBe(1);
    c.passes(minutes(1));
    expect(c.host.tracker.flows.size).toBe(0);
  });

  test('connections of the family are listed, and no others', () => {
    const c = new Crossing([insideOnly('eth0')]);
    c.ping(`${A}.7 > ${S}.0`);
    const list = (words: string[]): string =>
      new Administrator(c.host).run(['conntrack', '-L', ...words], '', c.now)?.output ?? '';
    const [number, request, reply] = family.family === 'IPv4' ? [1, 8, 0] : [58, 128, 129];
    const name = (family.family === 'IPv4' ? 'icmp' : 'icmpv6').padEnd(8);
    const line =
      `${name} ${number} 60 src=${A} dst=${S} type=${request} code=0 id=7 [UNREPLIED] ` +
      `src=${S} dst=${A} type=${reply} code=0 id=7 mark=0 use=1\n`;
    const own = family.family.toLowerCase();
    expect([list([]), list(['-f', own])]).toEqual([line, line]);
    expect(list(['-f', own === 'ipv4' ? 'ipv6' : 'ipv4'])).toBe('');
  });
});

function optionsIn(octets: Uint8Array): readonly TcpOption[] {
  const options = listTcpOptions(octets);
  if (options instanceof DecodeError) throw new Error('not options');
  return options;
}

/** The options of the only segment that left. */
function optionsLeft(c: Crossing): string[] {
  const { tcp } = c.sent.splice(0)[0]!.frame;
  return optionsIn(tcp!.options).map((option) =>
    option.kind === 'maximum-segment-size' ? `${option.kind} ${option.mss}` : option.kind,
  );
}

const SYN_OPTIONS = encodeTcpOptions([
  { kind: 'no-operation' },
  { kind: 'maximum-segment-size', mss: 1460 },
  { kind: 'no-operation' },
  { kind: 'sack-permitted' },
]);

test.each(FAMILIES)(
  'clamping ($family): MSS of SYNs, lowered, never raised',
  ({ A, S, headers }) => {
    for (const [box, mss] of [
      [clampMss(1200), 1200],
      [clampMss(9000), 1460],
      [clampMss(), 1400 - headers],
    ] as const) {
      // prettier-ignore
      const c = new Crossing([box], 1400);
      c.tcp(`${A}.5000 > ${S}.80`, 'S', { options: SYN_OPTIONS });
      expect(optionsLeft(c)[1]).toBe(`maximum-segment-size ${mss}`);
      c.tcp(`${S}.80 > ${A}.5000`, 'S.', { options: SYN_OPTIONS });
      expect(optionsLeft(c)[1]).toBe(`maximum-segment-size ${mss}`);
    }
    const c = new Crossing([clampMss(500)]);
    c.tcp(`${A}.5000 > ${S}.80`, '.', { options: SYN_OPTIONS });
    expect(optionsLeft(c)[1]).toBe('maximum-segment-size 1460');
  },
);

test.each(FAMILIES)('options stripped ($family): in SYNs only, where asked', ({ A, S }) => {
  const c = new Crossing([stripOptions([4], 'syns')]);
  c.tcp(`${A}.5000 > ${S}.80`, 'S', { options: SYN_OPTIONS });
  const nops = ['no-operation', 'no-operation', 'no-operation'];
  expect(optionsLeft(c)).toEqual(['no-operation', 'maximum-segment-size 1460', ...nops]);
  c.tcp(`${A}.5000 > ${S}.80`, '.', { options: SYN_OPTIONS });
  expect(optionsLeft(c)).toContain('sack-permitted');
});

test.each(FAMILIES)(
  'ECN bleached ($family): the field is 0, and DSCP is kept',
  ({ A, S, family }) => {
    const c = new Crossing([bleachEcn()]);
    const ipv6 = { trafficClass: 0xbb, flowLabel: 0xabcde };
    const header = family === 'IPv4' ? { ipv4: { tos: 0xbb } } : { ipv6 };
    c.arrives(`${A}.1 > ${S}.2`, { ...header, udp: {} } as never);
    const { ipv4, ipv6: left } = c.sent[0]!.frame;
    expect(ipv4?.tos ?? left?.trafficClass).toBe(0xb8);
    expect(left?.flowLabel ?? 0xabcde).toBe(0xabcde);
  },
);

test.each(FAMILIES)(
  'a black hole ($family): errors do not pass, echoes do',
  ({ family, A, S, tooBig }) => {
    const c = new Crossing([icmpBlackhole()], 1400);
    c.error(S, A, { ...tooBig, rest: 1300 }, new Uint8Array(60));
    c.ping(`${S}.7 > ${A}.0`);
    expect(c.said()).toHaveLength(1);
    // Nor does the box itself say that a packet was too long for its link.
    const header = family === 'IPv4' ? { ipv4: { flags: 2 } } : {};
    c.arrives(`${A}.1 > ${S}.2`, { ...header, udp: {}, payload: pattern(1440) } as never);
    expect(c.said()).toEqual([]);
    expect(new Set(c.drops)).toContain('icmp-blackhole');
  },
);

describe.each(FAMILIES)('new sequence numbers ($family)', ({ A, S, headers, tooBig }) => {
  test('both ends see others than were sent, and hear of their own', () => {
    const c = new Crossing([randomizeSequences()]);
    let chance = 1000;
    c.host.choices.chance = (): number => chance++;
    const sack = { kind: 'sack', blocks: [{ left: toSeq(1200), right: toSeq(1300) }] } as const;
    const numbers = (): unknown => {
      const { seq, ack, options } = c.sent.splice(0)[0]!.frame.tcp!;
      const [block] = optionsIn(options).flatMap((o) => (o.kind === 'sack' ? o.blocks : []));
      return [seqToU32(seq), seqToU32(ack), ...(block ? [seqToU32(block.left)] : [])];
    };
    c.tcp(`${A}.5000 > ${S}.80`, 'S', { seq: toSeq(7) });
    expect(numbers()).toEqual([1007, 0]);
    c.tcp(`${S}.80 > ${A}.5000`, 'S.', { seq: toSeq(9), ack: toSeq(1008) });
    expect(numbers()).toEqual([1010, 8]);
    c.tcp(`${S}.80 > ${A}.5000`, '.', { seq: toSeq(10), ack: toSeq(1008), options: encodeTcpOptions([sack]) }); // prettier-ignore
    expect(numbers()).toEqual([1011, 8, 200]);
  });

  test('an error quotes the number that its receiver sent', () => {
    const c = new Crossing([randomizeSequences()]);
    const at = headers - 20;
    c.tcp(`${A}.5000 > ${S}.80`, 'S', { seq: toSeq(7) });
    const payload = c.sent.splice(0)[0]!.frame.bytes.slice(14);
    expect(u32(payload, at + 4)).not.toBe(7);
    c.error(S, A, { ...tooBig, rest: 1400 }, payload);
    const quote = c.sent[0]!.frame.payload;
    expect(u32(quote, at + 4)).toBe(7);
    const pseudo = pseudoSum(parseIp(A), parseIp(S), 6, quote.length - at);
    expect(foldSum(pseudo + onesSum(quote, at))).toBe(0xffff);
  });
});

describe.each(FAMILIES)('a SYN proxy ($family)', ({ A, S, family, headers }) => {
  test('a flood reaches no server, and the box keeps nothing of it', () => {
    const c = new Crossing([synProxy(80)]);
    for (let port = 1; port <= 50; port++) c.tcp(`${S}.${port} > ${A}.80`);
    expect(c.said().filter((line) => line.startsWith('eth0'))).toEqual([]);
    c.tcp(`${S}.60 > ${A}.80`, '.', { ack: toSeq(77) });
    expect(c.said()).toEqual([]);
    expect(c.host.tracker.flows.size).toBeLessThanOrEqual(50);
    expect(new Set(c.drops)).toEqual(new Set(['syn-proxy-syn', 'syn-proxy-no-cookie']));
  });

  test('its SYN-ACK announces what Ethernet carries', () => {
    const c = new Crossing([synProxy(80)]);
    c.tcp(`${S}.1 > ${A}.80`);
    expect(optionsLeft(c)).toEqual([`maximum-segment-size ${1500 - headers}`]);
  });

  test('a server that refuses: the client hears of it', async () => {
    const { drops } = await play(({ network }) => {
      const [client, server] = [network.host('client'), network.host('server')];
      const box = network.router('box', { boxes: [synProxy(80)] });
      const [first, second] = SUBNETS[family];
      network.link(client, box, { subnet: first, latency: ms(1) });
      network.link(box, server, { subnet: second, latency: ms(1) });
      client.run('client', async (process) => {
        const socket = process.socket('stream', SOCKET[family]);
        await socket.connect({ address: server.address, port: 80 });
        await expect(socket.recv()).rejects.toThrow('ECONNRESET');
      });
    });
    expect(drops.map(({ cause }) => cause)).toContain('syn-proxy-open');
  });
});

test.each(FAMILIES)('a split handshake ($family): the stream arrives', async ({ family }) => {
  const { segments } = await play(({ network }) => {
    const boxes = [splitHandshake(80)];
    const [client, server] = [network.host('client'), network.host('server', { boxes })];
    network.link(client, server, { subnet: SUBNETS[family][0], latency: ms(10) });
    network.capture(client);
    server.run('server', async (process) => {
      const listener = process.socket('stream', SOCKET[family]);
      listener.bind(80);
      listener.listen();
      expect(await (await listener.accept()).recvAll()).toEqual(pattern(5000));
    });
    client.run('client', async (process) => {
      const socket = process.socket('stream', SOCKET[family]);
      await socket.connect({ address: server.address, port: 80 });
      await socket.send(pattern(5000));
      await socket.close();
      await process.sleep(seconds(1));
    });
  });
  const flags = segments.slice(0, 5).map((line) => line.split(' ').slice(0, 2));
  const [port] = flags[0]!;
  expect(flags).toEqual([[port, 'S'], ['80', 'A'], ['80', 'S'], [port, 'SA'], ['80', 'A']]); // prettier-ignore
});
