/**
 * A scenario in real time, with real stacks beyond its outside.
 *
 *     octets ─► FrameDecoder ─► arrivals ─► (impairments) ─► Outside ─► the scenario's link
 *     octets ◄──────────────── send ◄────── (impairments) ◄─┘
 *
 * The simulation is the deterministic one; only when frames come in, and when timers are looked at,
 * is decided outside. A frame that comes in is an event at the present instant.
 */
import { type Cause, cause, type Instant, seconds } from '../stack/index.ts';
import {
  buildScenario,
  type Due,
  FrameRing,
  lingerOf,
  Loop,
  type Outside,
  Pipe,
  type PipeOptions,
  type RunObserver,
  type RunOptions,
  type RunSetup,
  type Scenario,
  ScenarioError,
  type Tasks,
} from '../sim/index.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/index.ts';
import { BareIp } from './bare-ip.ts';
import { firstMacOf } from './first-mac.ts';
import { type Framing, packetLength } from './framing.ts';
import { RealTime, type WallClock } from './real-time.ts';

const FROM_OUTSIDE = cause('outside', 'came from outside', 'scenario');
/** The other side does not take frames as fast as they come, or is not there. */
const NOT_TAKEN = cause('outside-full', 'the other side takes no more', 'scenario');

/** Frames come faster than the simulation takes them. */
const TOO_MANY = cause('outside-backlog', 'the simulation is behind', 'scenario');

/** It is shorter than a header, or no IP where IP is exchanged. */
const NO_FRAME = cause('outside-no-frame', 'no frame of the kind that is exchanged', 'scenario');

/** What may wait to be taken by the simulation: a device's ring is as bounded. */
const MOST_FRAMES = 16_384;
const MOST_OCTETS = 32 * 1024 * 1024;

/**
 * How long a run goes on after its programs, when all that they sent is delivered: nobody waits for
 * a TIME-WAIT in real time.
 */
const LINGER = seconds(1);

/** Where frames go that leave the simulation. */
export interface FrameSink {
  /** Takes a frame over, or says that there is no room for it, and it is lost. */
  send(frame: Uint8Array): boolean;
}

/**
 * How a scenario is bridged. Its hardware addresses are, if not given, by {@link firstMacOf} others
 * than another's.
 */
export interface BridgeOptions extends RunSetup {
  readonly framing: Framing;
  readonly clock: WallClock;
  readonly sink: FrameSink;
  /** The scenario's outside by its name; needed where it has several. */
  readonly outside?: string;
  /** What befalls frames in the bridge, in each direction. */
  readonly impairments?: Omit<PipeOptions, 'random'>;
}

/** What went through a bridge. */
export interface BridgeStatistics {
  framesIn: number;
  octetsIn: number;
  framesOut: number;
  octetsOut: number;
  /** Lost in the bridge: by its impairments, or because one side took no more or sent no frame. */
  lost: number;
}

/** A bridge that is set up. The frames that it is given come in once it runs. */
export class Bridge implements Due {
  readonly statistics: BridgeStatistics = {
    framesIn: 0,
    octetsIn: 0,
    framesOut: 0,
    octetsOut: 0,
    lost: 0,
  };
  readonly #loop: Loop;
  readonly #time: RealTime;
  readonly #sink: FrameSink;
  readonly #bareIp: BareIp | undefined;
  readonly #arrivals = new FrameRing();
  #arrivedOctets = 0;
  readonly #inward: Pipe;
  readonly #outward: Pipe;
  readonly #tasks: Tasks;
  readonly #runOptions: RunOptions;
  readonly #observer: RunObserver | undefined;

  /** @throws ScenarioError when the scenario has no such outside, and what building it throws */
  constructor(what: Scenario, options: BridgeOptions) {
    const loop = new Loop(what.options.limits);
    const firstMac = options.firstMac ?? firstMacOf(what.name, options.parameters);
    const { network, tasks, random } = buildScenario(what, loop, { ...options, firstMac });
    const outside = outsideOf(network.outsides, options.outside);
    network.capture(outside);
    this.#loop = loop;
    this.#tasks = tasks;
    const isBusy = (): boolean => network.hosts.some(({ stack }) => stack.tcp.isDelivering);
    this.#runOptions = { linger: LINGER, isBusy, ...lingerOf(what) };
    this.#time = new RealTime(options.clock);
    this.#sink = options.sink;
    this.#observer = options.observer;
    this.#bareIp =
      options.framing === 'ip'
        ? new BareIp(
            network.interfacesAt(outside).map(({ stack }) => stack),
            (frame) => this.#arrive(frame, loop.now),
          )
        : undefined;
    const { impairments } = options;
    this.#inward = new Pipe(loop, { ...impairments, random: random.fork('bridge in') });
    this.#outward = new Pipe(loop, { ...impairments, random: random.fork('bridge out') });
    this.#inward.attach({ receive: (frame, why, now) => outside.enter(frame, why, now) });
    outside.plug({ receive: (frame, why, now) => this.#outward.transmit(frame, why, now) });
    this.#outward.attach({ receive: (frame, _why, now) => this.#leave(frame, now) });
    for (const pipe of [this.#inward, this.#outward]) {
      pipe.observeDrops({ dropped: (frame, why, now) => this.#lose(frame, why, now) });
    }
  }

  /** How long it has been running, in nanoseconds. */
  get now(): Instant {
    return this.#time.now;
  }

  /**
   * Runs until the scenario's programs have ended, daemons aside, or until {@link end}.
   *
   * @throws TaskError, LimitError as a run of the scenario does
   */
  run(): Promise<void> {
    return this.#tasks.run(this.#runOptions, this.#time);
  }

  /** Ends the run. */
  end(): void {
    this.#time.end();
  }

  /** A frame (by the framing an IP packet) has come in; it is the bridge's from then on. */
  receive(bytes: Uint8Array): void {
    this.statistics.framesIn += 1;
    this.statistics.octetsIn += bytes.length;
    const frame = this.#bareIp === undefined ? bytes : this.#bareIp.frameOf(bytes);
    if (frame === undefined || frame.length < ETHERNET_HEADER_LENGTH) {
      this.#lose(bytes, NO_FRAME, this.#loop.now);
    } else {
      this.#arrive(frame, Math.max(this.#time.now, this.#loop.now));
    }
  }

  #arrive(frame: Uint8Array, at: Instant): void {
    const isFull = this.#arrivals.length >= MOST_FRAMES || this.#arrivedOctets >= MOST_OCTETS;
    if (isFull) {
      this.#lose(frame, TOO_MANY, this.#loop.now);
      return;
    }
    this.#arrivals.push(frame, FROM_OUTSIDE, at);
    this.#arrivedOctets += frame.length;
    if (this.#arrivals.length > 1) return;
    this.#loop.schedule(this, at);
    this.#time.disturb();
  }

  /** What has arrived goes on: for the loop to call. */
  due(now: Instant): void {
    const { frame, cause: why } = this.#arrivals;
    this.#arrivals.shift();
    this.#arrivedOctets -= frame.length;
    // What answers the simulation at once may wait behind what came from further in real time.
    if (this.#arrivals.length > 0) this.#loop.schedule(this, Math.max(now, this.#arrivals.at));
    this.#inward.transmit(frame, why, now);
  }

  #leave(frame: Uint8Array, now: Instant): void {
    let bytes: Uint8Array | undefined = frame;
    if (this.#bareIp !== undefined) {
      bytes = this.#bareIp.packetOf(frame);
      if (bytes === undefined) return;
      // What was corrupted on its way may not be one any more, and a stream would lose its place.
      bytes = bytes.subarray(0, packetLength(bytes));
      if (bytes.length === 0) {
        this.#lose(frame, NO_FRAME, now);
        return;
      }
    }
    if (!this.#sink.send(bytes)) {
      this.#lose(frame, NOT_TAKEN, now);
      return;
    }
    this.statistics.framesOut += 1;
    this.statistics.octetsOut += bytes.length;
  }

  #lose(frame: Uint8Array, why: Cause, now: Instant): void {
    this.statistics.lost += 1;
    this.#observer?.dropped('bridge', frame, why, now);
  }
}

function outsideOf(outsides: readonly Outside[], wanted: string | undefined): Outside {
  const names = outsides.map(({ name }) => name).join(', ');
  if (outsides.length === 0) {
    throw new ScenarioError('it has no outside to be bridged: network.outside()');
  }
  if (wanted === undefined && outsides.length > 1) {
    throw new ScenarioError(`it has several outsides: ${names}; say which`);
  }
  const found = wanted === undefined ? outsides[0] : outsides.find(({ name }) => name === wanted);
  if (found === undefined) throw new ScenarioError(`it has no outside "${wanted}", but ${names}`);
  return found;
}
