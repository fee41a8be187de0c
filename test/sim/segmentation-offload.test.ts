/** Segmentation offload: long frames in the sender's capture, segments on a wire, both on a veth. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SimulatedHost } from '../../src/sim/index.ts';
import { ms, us } from '../../src/stack/index.ts';
import { seqToU32, u16, verifyFrame } from '../../src/wire/index.ts';
import { type Captured, type Observed, play } from './lab.ts';

interface Transfer {
  readonly writes: readonly number[];
  /** What the administrators of sender and receiver type. */
  readonly sender?: string;
  readonly receiver?: string;
  readonly veth?: boolean;
  readonly netem?: string;
  readonly ipv6?: boolean;
}

const ON = 'ethtool -K eth0 tx on tso on';
const CHECKSUMS = 'ethtool -K eth0 tx on';

async function transfer({ writes, netem, ...how }: Transfer): Promise<Observed> {
  const total = writes.reduce((sum, length) => sum + length, 0);
  const wanted = Uint8Array.from({ length: total }, (_, at) => at % 251);
  const observed = await play(({ network, check }) => {
    const [one, two] = how.ipv6 === true ? ['2001:db8::1/64', '2001:db8::2/64'] : [];
    const server = network.host('server', { address: two ?? '10.0.0.2/24' });
    const client = network.host('client', { address: one ?? '10.0.0.1/24' });
    const aToB = netem === undefined ? {} : { netem };
    network.link(client, server, { latency: ms(1), aToB, veth: how.veth ?? false });
    configure(client, how.sender);
    configure(server, how.receiver);
    network.capture(client);
    network.capture(server);
    server.run('server', async (process) => {
      const listener = process.socket('stream', how.ipv6 === true ? 'AF_INET6' : 'AF_INET');
      listener.bind(80);
      listener.listen();
      const connection = await listener.accept();
      check(Buffer.compare(await connection.recvAll(), wanted) === 0, 'all that was written');
      await connection.close();
    });
    client.run('client', async (process) => {
      const connection = process.socket('stream', how.ipv6 === true ? 'AF_INET6' : 'AF_INET');
      await connection.connect({ address: server.address, port: 80 });
      let at = 0;
      for (const length of writes) {
        await connection.send(wanted.subarray(at, at + length));
        at += length;
        await process.sleep(us(700));
      }
      await connection.close();
    });
  });
  return observed;
}

function configure(host: SimulatedHost, command: string | undefined): void {
  if (command !== undefined) host.command(command);
}

/** What the client sent, as it was captured there, or arrived at the server. */
function sent({ frames }: Observed, at: 'client' | 'server'): Captured[] {
  return frames.filter(
    ({ capture, frame }) => capture.host === at && frame.tcp?.destinationPort === 80,
  );
}

function hex(frames: readonly Captured[]): string[] {
  return frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
}

function expectRight(frames: readonly Captured[]): void {
  const verdicts = frames.map(({ frame }) => verifyFrame(frame).transport);
  expect(new Set(verdicts)).toEqual(new Set(['ok']));
}

test('law: what crosses a wire is the same, whoever cuts it', async () => {
  let long = 0;
  const writes = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 5 });
  const trouble = fc.constantFrom('', 'loss 5%', 'delay 1ms 1ms', 'loss 2% duplicate 5%');
  await fc.assert(
    fc.asyncProperty(writes, trouble, fc.boolean(), async (lengths, netem, ipv6) => {
      const how = { writes: lengths, ipv6, ...(netem !== '' && { netem }) };
      const byHost = await transfer({ ...how, sender: CHECKSUMS });
      const byDevice = await transfer({ ...how, sender: ON });
      expect(hex(sent(byDevice, 'server'))).toEqual(hex(sent(byHost, 'server')));
      expectRight(sent(byDevice, 'server'));
      expect(hex(sent(byHost, 'client')).length).toBeGreaterThanOrEqual(
        sent(byDevice, 'client').length,
      );
      long += sent(byDevice, 'client').filter(({ bytes }) => bytes.length > 1514).length;
    }),
    { numRuns: 8 },
  );
  expect(long).toBeGreaterThan(20);
});

describe('a sender whose device cuts', () => {
  test('shows bursts as frames that take an identification for each segment', async () => {
    const frames = sent(await transfer({ writes: [14_480], sender: ON }), 'client');
    const data = frames.filter(({ frame }) => frame.payload.length > 0);
    expect(data.every(({ bytes }) => bytes.length > 1514)).toBe(true);
    for (const [index, { bytes, frame }] of data.entries()) {
      const next = data[index + 1];
      if (next === undefined) break;
      const segments = Math.ceil(frame.payload.length / 1448);
      expect(u16(next.bytes, 18) - u16(bytes, 18)).toBe(segments);
    }
  });

  test('is asked for checksums, too', async () => {
    const frames = sent(
      await transfer({ writes: [14_480], sender: 'ethtool -K eth0 tso on' }),
      'client',
    );
    expect(frames.every(({ bytes }) => bytes.length <= 1514)).toBe(true);
  });
});

describe('a veth hands over what the sender has', () => {
  test.each([false, true])('over IPv6: %s', async (ipv6) => {
    const observed = await transfer({ writes: [100_000], sender: ON, veth: true, ipv6 });
    const arrived = sent(observed, 'server');
    expect(hex(arrived)).toEqual(hex(sent(observed, 'client')));
    expect(arrived.some(({ bytes }) => bytes.length > 20_000)).toBe(true);
    const data = arrived.filter(({ frame }) => frame.payload.length > 0);
    expect(data.every(({ frame }) => verifyFrame(frame).transport === 'bad')).toBe(true);
  });

  test('but a router gets segments', async () => {
    const receiver = 'sysctl -w net.ipv4.ip_forward=1';
    const observed = await transfer({ writes: [100_000], sender: ON, veth: true, receiver });
    const arrived = sent(observed, 'server');
    expect(arrived.every(({ bytes }) => bytes.length <= 1514)).toBe(true);
    expectRight(arrived);
  });

  test('and damaged frames are found out', async () => {
    const netem = 'corrupt 20%';
    const observed = await transfer({ writes: [100_000], sender: ON, veth: true, netem });
    const starts = new Set(sent(observed, 'client').map(({ frame }) => seqToU32(frame.tcp!.seq)));
    expect(sent(observed, 'client').length).toBeGreaterThan(starts.size); // some went twice
  });
});
