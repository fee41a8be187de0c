/** What each box does to single packets, and what hosts make of it. */
import { describe, expect, test } from 'vitest';
import {
  bleachEcn,
  clampMss,
  firewall,
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
  pseudoSum,
  seqToU32,
  type TcpOption,
  toSeq,
  u32,
} from '../../src/wire/index.ts';
import { listening, pattern, play } from '../sim/lab.ts';
import { A, B, Crossing, S } from './crossing.ts';

describe('a firewall', () => {
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
    c.arrives(`${S}.0 > ${A}.0`, { icmpv4: { type: 3, code: 3 }, payload });
    c.arrives(`${S}.0 > ${B}.0`, { icmpv4: { type: 3, code: 3 }, payload: payload.slice(0, 20) });
    expect(c.said()).toEqual([`eth0 ${S} > ${A} icmp 3 code 3`]);
  });

  // prettier-ignore
  test.each([
    { rule: { verdict: 'reset' }, says: [`eth0 ${S}.80 > ${A}.5000`] },
    { rule: { verdict: 'reject' }, says: [`eth0 192.168.1.1 > ${A} icmp 3 code 3`] },
    { rule: { verdict: 'drop' }, says: [] },
    { rule: { verdict: 'drop', in: 'eth1' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', out: 'eth0' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', protocol: 'udp' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', destinationPort: 81 }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', sourcePort: 1 }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', source: '192.168.1.3/32' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', destination: '10.0.0.0/8' }, says: [`eth1 ${A}.5000 > ${S}.80`] },
    { rule: { verdict: 'drop', states: ['established'] }, says: [`eth1 ${A}.5000 > ${S}.80`] },
  ] as const)('$rule', ({ rule, says }) => {
    const c = new Crossing([firewall({ forward: [rule] })]);
    c.tcp(`${A}.5000 > ${S}.80`);
    expect(c.said()).toEqual(says);
  });

  test('of the host itself; causes name chain and rule', () => {
    const c = new Crossing([firewall({ input: [{ name: 'nothing-for-us', verdict: 'drop' }] })]);
    c.ping(`${A}.1 > 192.168.1.1.0`);
    expect([c.said(), c.drops]).toEqual([[], ['firewall']]);
    expect(c.reasons).toEqual(['rule nothing-for-us of the input chain says drop']);
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

test('clamping: the MSS of SYNs, lowered and never raised, wherever it stands', () => {
  for (const [box, mss] of [
    [clampMss(1200), 1200],
    [clampMss(9000), 1460],
    [clampMss(), 1360],
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
});

test('options stripped: no-operations stand in their place; in SYNs only, where asked', () => {
  const c = new Crossing([stripOptions([4], 'syns')]);
  c.tcp(`${A}.5000 > ${S}.80`, 'S', { options: SYN_OPTIONS });
  const nops = ['no-operation', 'no-operation', 'no-operation'];
  expect(optionsLeft(c)).toEqual(['no-operation', 'maximum-segment-size 1460', ...nops]);
  c.tcp(`${A}.5000 > ${S}.80`, '.', { options: SYN_OPTIONS });
  expect(optionsLeft(c)).toContain('sack-permitted');
});

test('ECN bleached: the field is 0, and DSCP is kept', () => {
  const c = new Crossing([bleachEcn()]);
  c.arrives(`${A}.1 > ${S}.2`, { ipv4: { tos: 0xbb } as never, udp: {} as never });
  expect(c.sent[0]?.frame.ipv4?.tos).toBe(0xb8);
});

describe('new sequence numbers', () => {
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
});

test('new sequence numbers: an error quotes the number that its receiver sent', () => {
  const c = new Crossing([randomizeSequences()]);
  c.tcp(`${A}.5000 > ${S}.80`, 'S', { seq: toSeq(7) });
  const payload = c.sent.splice(0)[0]!.frame.bytes.slice(14);
  expect(u32(payload, 24)).not.toBe(7);
  c.arrives(`${S}.0 > ${A}.0`, { icmpv4: { type: 3, code: 4, rest: 1400 }, payload });
  const quote = c.sent[0]!.frame.payload;
  expect(u32(quote, 24)).toBe(7);
  const pseudo = pseudoSum(u32(quote, 12), u32(quote, 16), 6, quote.length - 20);
  expect(foldSum(pseudo + onesSum(quote, 20))).toBe(0xffff);
});

describe('a SYN proxy', () => {
  test('a flood reaches no server, and the box keeps nothing of it', () => {
    const c = new Crossing([synProxy(80)]);
    for (let port = 1; port <= 50; port++) c.tcp(`${S}.${port} > ${A}.80`);
    expect(c.said().filter((line) => line.startsWith('eth0'))).toEqual([]);
    c.tcp(`${S}.60 > ${A}.80`, '.', { ack: toSeq(77) });
    expect(c.said()).toEqual([]);
    expect(c.host.tracker.flows.size).toBeLessThanOrEqual(50);
    expect(new Set(c.drops)).toEqual(new Set(['syn-proxy-syn', 'syn-proxy-no-cookie']));
  });

  test('a server that refuses: the client hears of it', async () => {
    const { drops } = await play(({ network }) => {
      const [client, server] = [network.host('client'), network.host('server')];
      const box = network.router('box', { boxes: [synProxy(80)] });
      network.link(client, box, { subnet: '10.1.0.0/24', latency: ms(1) });
      network.link(box, server, { subnet: '10.2.0.0/24', latency: ms(1) });
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect({ address: server.address, port: 80 });
        await expect(socket.recv()).rejects.toThrow('ECONNRESET');
      });
    });
    expect(drops.map(({ cause }) => cause)).toContain('syn-proxy-open');
  });
});

test('a split handshake: the client answers with the SYN-ACK, and the stream arrives', async () => {
  const { segments } = await play(({ network }) => {
    const boxes = [splitHandshake(80)];
    const [client, server] = network.pair({ latency: ms(10) }, { server: { boxes } });
    network.capture(client);
    server.run('server', async (process) => {
      const connection = await listening(process).accept();
      expect(await connection.recvAll()).toEqual(pattern(5000));
    });
    client.run('client', async (process) => {
      const socket = process.socket('stream');
      await socket.connect({ address: '10.0.0.2', port: 80 });
      await socket.send(pattern(5000));
      await socket.close();
      await process.sleep(seconds(1));
    });
  });
  const flags = segments.slice(0, 5).map((line) => line.split(' ').slice(0, 2));
  const [port] = flags[0]!;
  expect(flags).toEqual([[port, 'S'], ['80', 'A'], ['80', 'S'], [port, 'SA'], ['80', 'A']]); // prettier-ignore
});
