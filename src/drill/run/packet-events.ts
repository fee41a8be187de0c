/** Injects the packets of a script, and waits for those that it expects. */
import { DecodeError, readTcpOptions, TCP_HEADER_LENGTH } from '../../wire/index.ts';
import { printPacketSpec } from '../syntax/print-packet.ts';
import type { Microseconds, PacketSpec, ScriptEvent } from '../syntax/script.ts';
import { combine, continuationMismatches, payloadLengthOf, type Piece } from './aggregate.ts';
import { buildPacket } from './build-packet.ts';
import { comparePackets, payloadMismatch, wireMismatches } from './compare-packet.ts';
import type { Configuration } from './configuration.ts';
import { type Finding, RunFailed, sentence } from './failure.ts';
import type { Mismatch } from './live.ts';
import { decodeLivePacket, describePacket, type LivePacket } from './live-to-script.ts';
import { withVerdict } from './signature.ts';
import { lastSegment, type SocketsUnderTest, type TrackedSocket } from './socket-under-test.ts';
import { type Stage, toInstant, toMicroseconds } from './stage.ts';
import { type Due, isInTime, type PastEvent, patienceFor, seconds, toleranceOf } from './time.ts';

/** A packet that the stack has sent, decoded. */
interface Arrival {
  readonly packet: LivePacket;
  readonly at: Microseconds;
}

export class PacketEvents {
  readonly #configuration: Configuration;
  readonly #stage: Stage;
  readonly #sockets: SocketsUnderTest;
  /** What `--non_fatal=packet` lets pass. */
  readonly #onWarning: (finding: Finding) => void;

  constructor(
    configuration: Configuration,
    stage: Stage,
    sockets: SocketsUnderTest,
    onWarning: (finding: Finding) => void,
  ) {
    this.#configuration = configuration;
    this.#stage = stage;
    this.#sockets = sockets;
    this.#onWarning = onWarning;
  }

  /** The socket that the packet is for, by the script's rules. */
  socketFor(spec: PacketSpec): TrackedSocket {
    const socket = this.#sockets.forScriptPacket(spec);
    if (typeof socket !== 'string') return socket;
    throw new RunFailed({ kind: 'script error', place: spec.place, message: socket });
  }

  /** Injects a packet, now. */
  inject(spec: PacketSpec, socket: TrackedSocket): void {
    this.#sockets.injects(socket, spec);
    const packet = buildPacket(spec, {
      flow: this.#sockets.inboundFlow(socket),
      numbers: socket,
      isEchoInterpolated: this.#configuration.isEchoInterpolated,
      md5Secret: this.#configuration.md5Secret,
    });
    if (typeof packet === 'string') {
      throw new RunFailed({ kind: 'script error', place: spec.place, message: packet });
    }
    const live = decodeLivePacket(packet);
    if (!(live instanceof DecodeError))
      socket.lastInjected = lastSegment(live) ?? socket.lastInjected;
    const { mss } = this.#configuration;
    const isMerged = mss !== undefined && payloadLengthOf(spec) > mss;
    this.#stage.inject(packet, isMerged ? mss : undefined);
  }

  /** Waits for the packet of an event and compares it; time passes until it was sent. */
  expect(
    event: ScriptEvent,
    spec: PacketSpec,
    socket: TrackedSocket,
    due: Due,
    previous: PastEvent | undefined,
  ): void {
    const patience = patienceFor(due, previous);
    const pieces = this.#collect(spec, socket, due, patience);
    const first = pieces[0]!;
    const last = pieces.at(-1)!;
    learnTimestamp(socket, spec, last.packet);
    const length = pieces.reduce((sum, piece) => sum + payloadLengthOf(piece.spec), 0);
    const actual = combine(
      this.#describe(first.packet, spec, socket),
      this.#describe(last.packet, spec, socket),
      length,
    );
    const tolerance = toleranceOf(this.#configuration, due.from - (previous?.due.from ?? due.from));
    const mismatches = [
      ...wireMismatches(last.packet),
      ...comparePackets(spec, actual, {
        tick: this.#configuration.timestampTick,
        tolerance: toleranceOf(this.#configuration, due.from),
      }),
    ];
    const payload = payloadMismatch(pieces.map(({ packet }) => packet));
    if (payload !== undefined) mismatches.push(payload);
    const isTimely = isInTime(last.at, due, tolerance);
    if (mismatches.length > 0) {
      // Another packet at another time is rather one that the script does not have.
      const kind = isTimely ? 'packet mismatch' : 'unexpected packet';
      this.#differs(kind, spec, actual, mismatches);
    } else if (!isTimely) {
      this.#isUntimely(event, spec, last.at, due, tolerance);
    }
  }

  /** The packets that make up the expected one: one, or segments up to its length. */
  #collect(
    spec: PacketSpec,
    socket: TrackedSocket,
    due: Due,
    patience: Microseconds,
  ): (Piece & Arrival)[] {
    const wanted = payloadLengthOf(spec);
    const pieces: (Piece & Arrival)[] = [];
    let length = 0;
    let isHopeless = false;
    do {
      const arrival = this.#next(socket, spec, patience);
      if (arrival === undefined) this.#isMissing(spec, due, pieces);
      else {
        const piece = { ...arrival, spec: this.#describe(arrival.packet, spec, socket) };
        const last = pieces.at(-1);
        if (last !== undefined) {
          const mismatches = continuationMismatches(last, piece, wanted - length);
          if (mismatches.length > 0) this.#doesNotContinue(spec, piece, mismatches);
        }
        isHopeless = last === undefined && differsForGood(spec, piece.spec);
        pieces.push(piece);
        length += payloadLengthOf(piece.spec);
      }
    } while (length < wanted && !isHopeless && !this.#configuration.hasStrictSegments);
    return pieces;
  }

  #describe(packet: LivePacket, spec: PacketSpec, socket: TrackedSocket): PacketSpec {
    const described = describePacket(packet, {
      direction: 'outbound',
      numbers: socket,
      like: spec,
    });
    const { md5Secret } = this.#configuration;
    return md5Secret === undefined ? described : withVerdict(described, packet, md5Secret);
  }

  /** The next packet of the socket; those of other four-tuples are passed over. */
  #next(socket: TrackedSocket, spec: PacketSpec, patience: Microseconds): Arrival | undefined {
    for (;;) {
      const sent = this.#stage.nextSent(this.#stage.now + toInstant(patience));
      if (sent === undefined) return undefined;
      const packet = decodeLivePacket(sent.packet);
      if (packet instanceof DecodeError || !this.#sockets.isSentByCurrent(packet)) continue;
      this.#sockets.learns(socket, packet, spec);
      return { packet, at: toMicroseconds(sent.at) };
    }
  }

  #isMissing(spec: PacketSpec, due: Due, pieces: readonly Piece[]): never {
    const last = pieces.at(-1);
    const when = due.kind === 'any' ? '' : ` by ${seconds(this.#stage.time)} s`;
    const message =
      last === undefined
        ? `no packet was sent${when}`
        : `no further packet was sent${when}, and the payload is not complete`;
    throw new RunFailed({
      kind: 'missing packet',
      place: spec.place,
      message,
      expected: printPacketSpec(spec),
      actual: last === undefined ? undefined : printPacketSpec(last.spec),
    });
  }

  #doesNotContinue(spec: PacketSpec, piece: Piece, mismatches: readonly Mismatch[]): never {
    throw new RunFailed({
      kind: 'packet mismatch',
      place: spec.place,
      message: `the packets sent are no segments of the one expected: ${sentence(mismatches)}`,
      expected: printPacketSpec(spec),
      actual: printPacketSpec(piece.spec),
      mismatches,
    });
  }

  #differs(
    kind: 'packet mismatch' | 'unexpected packet',
    spec: PacketSpec,
    actual: PacketSpec,
    mismatches: readonly Mismatch[],
  ): void {
    const finding: Finding = {
      kind,
      place: spec.place,
      message: sentence(mismatches),
      expected: printPacketSpec(spec),
      actual: printPacketSpec(actual),
      mismatches,
    };
    if (!this.#configuration.nonFatal.has('packet')) throw new RunFailed(finding);
    this.#onWarning(finding);
  }

  #isUntimely(
    { place }: ScriptEvent,
    spec: PacketSpec,
    at: Microseconds,
    due: Due,
    tolerance: Microseconds,
  ): void {
    const span =
      due.kind === 'range'
        ? `from ${seconds(due.from)} to ${seconds(due.to)} s`
        : `at ${seconds(due.from)} s`;
    const finding: Finding = {
      kind: 'timing',
      place,
      message: `sent at ${seconds(at)} s, expected ${span}, tolerance ${seconds(tolerance)} s`,
      expected: printPacketSpec(spec),
      mismatches: [{ field: 'time', expected: seconds(due.from), actual: seconds(at) }],
    };
    if (!this.#configuration.nonFatal.has('packet')) throw new RunFailed(finding);
    this.#onWarning(finding);
  }
}

/** What the whole has from its first piece, or all pieces have in common. */
const FIXED_FIELDS: ReadonlySet<string> = new Set(['protocol', 'seq', 'ack', 'win', 'urg']);

/** Whether a first piece is wrong in a field that no further piece can put right. */
function differsForGood(expected: PacketSpec, piece: PacketSpec): boolean {
  const mismatches = comparePackets(expected, piece, { tick: 0, tolerance: 0 });
  return mismatches.some(({ field }) => FIXED_FIELDS.has(field));
}

/** Pairs the TSval of an expected packet with that of the one which came. */
function learnTimestamp(socket: TrackedSocket, spec: PacketSpec, { transport }: LivePacket): void {
  if (transport.kind !== 'tcp') return;
  if (spec.transport.kind !== 'tcp' || spec.transport.options === 'any') return;
  const expected = spec.transport.options.find((option) => option.kind === 'TS');
  const { bytes, start, payloadAt } = transport.segment;
  const live = readTcpOptions(bytes, start + TCP_HEADER_LENGTH, payloadAt);
  if (expected?.val === undefined || !live.hasTimestamps) return;
  socket.timestamps.learn(expected.val, live.tsVal);
}
