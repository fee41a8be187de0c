/** The problems of RFC 2525 on the wire, each beside a host that has none of them. */
import { describe, expect } from 'vitest';
import {
  drop,
  type Fault,
  frames as numbered,
  type Process,
  type StreamSocket,
} from '../../src/sim/index.ts';
import {
  type HostProfile,
  ms,
  RFC2525,
  rfc1999,
  type Rfc2525Section,
  seconds,
} from '../../src/stack/index.ts';
import { sameBytes, seqDiff, type Seq, TcpFlag } from '../../src/wire/index.ts';
import { headerOf } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import { type Captured, listening, pairOf, pattern, play, SERVER, serverOf } from '../sim/lab.ts';

/** A segment as the client's capture has it, numbers from the ISNs. */
interface Segment {
  /** In milliseconds. */
  readonly at: number;
  readonly isOurs: boolean;
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
  readonly flags: number;
  readonly total: number;
}

/** Of a segment in pieces, only that is noted. */
const FRAGMENT = { isOurs: true, seq: 0, ack: 0, length: 0, flags: 0 } as const;

function segmentsOf(frames: readonly Captured[]): Segment[] {
  const first = new Map<boolean, Seq>();
  return frames.flatMap(({ frame, at }) => {
    const { tcp, payload, ipv4 } = frame;
    if (ipv4?.isFirstFragment === true) return [{ ...FRAGMENT, at, total: ipv4.totalLength }];
    if (tcp === undefined) return [];
    const isOurs = tcp.destinationPort === SERVER.port;
    if (!first.has(isOurs)) first.set(isOurs, tcp.seq);
    const [mine, theirs] = [first.get(isOurs)!, first.get(!isOurs) ?? tcp.ack];
    const [seq, ack] = [seqDiff(tcp.seq, mine), seqDiff(tcp.ack, theirs)];
    const { length } = payload;
    const { totalLength: total } = headerOf(frame);
    return { at: at / ms(1), isOurs, seq, ack, length, flags: tcp.flags, total };
  });
}

interface Case {
  readonly client?: HostProfile;
  readonly server?: HostProfile;
  readonly octets?: number;
  /** What befalls the client's frames. */
  readonly faults?: readonly Fault[];
  readonly latency?: number;
  /** What the client does after sending, in place of closing. */
  readonly afterwards?: (socket: StreamSocket, process: Process) => Promise<void>;
  readonly serve?: (socket: StreamSocket, process: Process) => Promise<void>;
}

/** 50 ms from end to end unless a case says otherwise; 40,000 octets from the client. */
async function run(what: Case): Promise<Segment[]> {
  const { octets = 40_000, faults = [], latency = ms(25) } = what;
  const { frames } = await play(
    ({ network }) => {
      const options = {
        client: { profile: what.client ?? rfc1999 },
        server: { profile: what.server ?? rfc1999 },
      };
      const [a, b] = pairOf(network, { latency, aToB: { faults } }, options);
      network.capture(a);
      b.run('server', async (process) => {
        const connection = await listening(process).accept();
        if (what.serve !== undefined) await what.serve(connection, process);
        else expect(sameBytes(await connection.recvAll(), pattern(octets))).toBe(true);
      });
      a.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        if (octets > 0) await socket.send(pattern(octets));
        if (what.afterwards === undefined) await socket.close();
        else await what.afterwards(socket, process);
      });
    },
    { linger: seconds(20) },
  );
  return segmentsOf(frames);
}

/** The TCP segments among so many of the client's frames are lost. */
function lostFrom(first: number, count: number): Fault {
  return drop(({ tcp }, index) => tcp !== undefined && index >= first && index < first + count);
}

/** How each case goes with the problem, and without. */
async function both(
  section: Rfc2525Section,
  what: Case,
  side: 'client' | 'server' = 'client',
): Promise<[Segment[], Segment[]]> {
  return [await run({ ...what, [side]: RFC2525[section] }), await run(what)];
}

const ours = (segments: readonly Segment[]): Segment[] =>
  segments.filter(({ isOurs, length }) => isOurs && length > 0);

/** The numbers of data segments that leave in one instant, in order. */
function bursts(segments: readonly Segment[]): number[] {
  const counts = new Map<number, number>();
  for (const { at } of ours(segments)) counts.set(at, (counts.get(at) ?? 0) + 1);
  return [...counts.values()];
}

/** The data segments that were sent before. */
function repeated(segments: readonly Segment[]): Segment[] {
  let most = 0;
  return ours(segments).filter(({ seq, length }) => {
    const isOld = seq < most;
    most = Math.max(most, seq + length);
    return isOld;
  });
}

test('§2.1: no initial slow start: the whole window at once', async () => {
  const [wrong, right] = await both('2.1', {});
  expect(bursts(wrong)[0]).toBe(28);
  expect(bursts(right).slice(0, 3)).toEqual([1, 2, 4]);
});

test('§2.2: no slow start after a timeout: the window goes on as it was', async () => {
  // All from the seventh data segment on to the first retransmission is lost.
  const faults = [lostFrom(12, 12)];
  const [wrong, right] = await both('2.2', { faults });
  const afterTimeout = (segments: Segment[]): number[] => {
    const [again] = repeated(segments);
    return bursts(segments.filter(({ at }) => at > again!.at));
  };
  expect(Math.max(...afterTimeout(wrong).slice(0, 2))).toBeGreaterThan(4);
  expect(Math.max(...afterTimeout(right).slice(0, 2))).toBeLessThanOrEqual(3);
});

test('§2.3: an uninitialized window, where the peer announces no MSS', async () => {
  const server = { ...rfc1999, tcp: { ...rfc1999.tcp, synOptions: [] } };
  const [wrong, right] = await both('2.3', { server });
  expect(bursts(wrong)[0]).toBeGreaterThan(25);
  expect(bursts(right)[0]).toBe(1);
  expect(bursts(await run({ client: RFC2525['2.3'] }))[0]).toBe(1);
});

test('§2.5: data above a gap is not kept, and all of it goes again', async () => {
  const [wrong, right] = await both('2.5', { faults: [drop(numbered(14))] }, 'server');
  expect(repeated(right)).toHaveLength(1);
  expect(repeated(wrong).length).toBeGreaterThan(4);
});

test('§2.6: an eighth of a segment more for each ACK in congestion avoidance', async () => {
  const what = { octets: 150_000, faults: [drop(numbered(30))] };
  const [wrong, right] = await both('2.6', what);
  const last = (segments: Segment[]): number => ours(segments).at(-1)!.at;
  expect(last(wrong)).toBeLessThan(last(right));
});

test('§2.7: an initial RTO below the round trip: all is sent twice before it is measured', async () => {
  const [wrong, right] = await both('2.7', { latency: ms(150) });
  const syns = (segments: Segment[]): number =>
    segments.filter(({ isOurs, flags }) => isOurs && (flags & TcpFlag.syn) !== 0).length;
  expect(syns(wrong)).toBeGreaterThan(1);
  expect(syns(right)).toBe(1);
});

test('§2.8: after fast recovery the window is what it was: a burst', async () => {
  const [wrong, right] = await both('2.8', { octets: 200_000, faults: [drop(numbered(30))] });
  const after = (segments: Segment[]): number => {
    const [again] = repeated(segments);
    return Math.max(...bursts(segments.filter(({ at }) => at > again!.at)));
  };
  expect(after(wrong)).toBeGreaterThan(1.5 * after(right));
});

describe('keep-alives', () => {
  /** A connection without traffic for three hours, whose peer is gone after some minutes. */
  const idle = (profile: HostProfile): Promise<Segment[]> =>
    run({
      client: profile,
      octets: 0,
      faults: [lostFrom(3, 1000)],
      afterwards: async (socket, process) => {
        socket.setsockopt('SO_KEEPALIVE', 1);
        await process.sleep(seconds(3 * 3600));
      },
      serve: async (_socket, process) => process.sleep(seconds(3 * 3600)),
    });
  const probes = (segments: readonly Segment[]): Segment[] =>
    segments.filter(({ at, isOurs }) => isOurs && at > 1000 && at < 9_000_000);

  test('§2.9: a connection is given up after one probe, though that may be lost', async () => {
    const [wrong, right] = [probes(await idle(RFC2525['2.9'])), probes(await idle(rfc1999))];
    expect(right).toHaveLength(10);
    expect(wrong).toHaveLength(2);
    expect(wrong[1]!.flags & TcpFlag.rst).not.toBe(0);
  });

  test('§2.11: the first comes after a minute in place of two hours', async () => {
    const [wrong, right] = [probes(await idle(RFC2525['2.11'])), probes(await idle(rfc1999))];
    expect(Math.round(wrong[0]!.at / 1000)).toBe(60);
    expect(Math.round(right[0]!.at / 1000)).toBe(7200);
  });
});

test('§2.10: retransmissions keep their interval', async () => {
  const faults = [lostFrom(3, 4)];
  const [wrong, right] = await both('2.10', { octets: 100, faults });
  const intervals = (segments: Segment[]): number[] =>
    ours(segments).slice(1).map(({ at }, i) => Math.round((at - ours(segments)[i]!.at) / 100) / 10); // prettier-ignore
  expect(intervals(wrong).slice(0, 3)).toEqual([1, 1, 1]);
  expect(intervals(right).slice(0, 3)).toEqual([1, 2, 4]);
});

test('§2.13: stretch ACKs: eight segments for one', async () => {
  const [wrong, right] = await both('2.13', {}, 'server');
  const longest = (segments: Segment[]): number => {
    const acks = segments.filter(({ isOurs }) => !isOurs).map(({ ack }) => ack);
    return Math.max(...acks.slice(1).map((ack, i) => (ack - acks[i]!) / 1460));
  };
  expect(longest(right)).toBeLessThanOrEqual(2);
  expect(longest(wrong)).toBeGreaterThanOrEqual(7);
});

test('§2.14: a timeout sends four segments again', async () => {
  const faults = [lostFrom(12, 12)];
  const [wrong, right] = await both('2.14', { faults });
  const first = (segments: Segment[]): number => {
    const again = repeated(segments);
    return again.filter(({ at }) => at === again[0]!.at).length;
  };
  expect([first(wrong), first(right)]).toEqual([4, 1]);
});

test('§2.15: the FIN comes a round trip late', async () => {
  const [wrong, right] = await both('2.15', { octets: 100 });
  const fin = (segments: Segment[]): Segment =>
    segments.find(({ isOurs, flags }) => isOurs && (flags & TcpFlag.fin) !== 0)!;
  const data = ours(wrong)[0]!;
  expect(fin(right).at - data.at).toBeLessThan(1);
  expect(fin(wrong).at - data.at).toBeGreaterThanOrEqual(50);
});

test('§2.16: text for a closed socket draws no RST', async () => {
  const what: Case = {
    octets: 100,
    serve: async (socket) => {
      await socket.recvAll();
      await socket.send(pattern(3000));
    },
  };
  const [wrong, right] = await both('2.16', what);
  const resets = (segments: Segment[]): number =>
    segments.filter(({ isOurs, flags }) => isOurs && (flags & TcpFlag.rst) !== 0).length;
  expect(resets(right)).toBeGreaterThan(0);
  expect(resets(wrong)).toBe(0);
});

test('§2.17: closing with text unread says FIN where it should say RST', async () => {
  const what: Case = {
    octets: 100,
    afterwards: async (socket, process) => {
      await process.sleep(seconds(1));
      await socket.close();
    },
    serve: async (socket, process) => {
      await socket.send(pattern(500));
      await process.sleep(seconds(2));
    },
  };
  const [wrong, right] = await both('2.17', what);
  const end = (segments: Segment[]): number =>
    segments.find(({ isOurs, at }) => isOurs && at > 900)!.flags & (TcpFlag.fin | TcpFlag.rst);
  expect([end(wrong), end(right)]).toEqual([TcpFlag.fin, TcpFlag.rst]);
});

const CUT = 'a host cuts no segments of IPv6';
test.onlyIpv4(CUT)(
  '§2.18: segments whose options were forgotten do not fit, and are cut',
  async () => {
    const other = { ...rfc1999.tcp, synOptions: ['mss', 'timestamps'], timestamps: 1 } as const;
    const peer = { ...rfc1999, tcp: other };
    const right = await run({ client: peer, server: peer });
    const wrong = await run({ client: RFC2525['2.18'], server: peer });
    expect(Math.max(...ours(right).map(({ length }) => length))).toBe(1448);
    expect(wrong.some(({ isOurs, total }) => isOurs && total === 1500)).toBe(true);
  },
);

test.each(Object.entries(RFC2525))(
  '§%s: two such hosts still deliver a stream',
  async (_s, host) => {
    const faults = [drop(numbered(5, 9, 17))];
    const segments = await run({ client: host, server: host, faults });
    expect(segments.length).toBeGreaterThan(27);
  },
);
