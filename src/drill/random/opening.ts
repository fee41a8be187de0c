/**
 * How a random connection comes to be: the host's settings, which end asks for it, what both ends
 * offer, and what goes wrong before it is open.
 */
import type { Microseconds } from '../syntax/script.ts';
import type { Category } from './categories.ts';
import type { Chance } from './chance.ts';
import { disturb } from './disturbances.ts';
import { WINDOW_CLAMP } from './program-steps.ts';
import { type Options, RemoteEnd } from './remote-end.ts';
import { Scene } from './scene.ts';

const LISTENER = 3;

/** The SYN that the runner expects, to learn the stack's numbers; the real one takes its place. */
const STAND_IN = '<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>';

/** The original never takes from its device what was sent: nothing could be joined to it. */
const ALWAYS = 'net.ipv4.tcp_retrans_collapse=0';

/** Settings that change what is agreed on. */
const NO_SACK = 'net.ipv4.tcp_sack=0';
const NO_TIMESTAMPS = 'net.ipv4.tcp_timestamps=0';
const NO_SCALE = 'net.ipv4.tcp_window_scaling=0';

const SOMETIMES: readonly string[] = [
  NO_SACK,
  NO_TIMESTAMPS,
  NO_SCALE,
  'net.ipv4.tcp_dsack=0',
  'net.ipv4.tcp_recovery=0',
  'net.ipv4.tcp_early_retrans=0',
  'net.ipv4.tcp_frto=0',
  'net.ipv4.tcp_shrink_window=1',
  'net.ipv4.tcp_slow_start_after_idle=0',
  'net.ipv4.tcp_reordering=5',
  'net.ipv4.tcp_ecn=1',
  'net.ipv4.tcp_ecn=0',
  'net.ipv4.tcp_thin_linear_timeouts=1',
  'net.ipv4.tcp_moderate_rcvbuf=0',
  'net.ipv4.tcp_autocorking=0',
  'net.ipv4.tcp_stdurg=1',
  'net.ipv4.tcp_rfc1337=1',
  'net.ipv4.tcp_comp_sack_nr=0',
];

/** What stays the same while a script grows. */
export interface Beginning {
  readonly scene: Scene;
  readonly settings: readonly string[];
}

/** When the first SYN comes or goes. */
const BEFORE_SYN: Microseconds = 100_000;
/** What an active opener may take the other end's window for. */
const WIDEST = 65_535;

/** Opens a connection, with what a program sets before and after. */
export function open(category: Category, chance: Chance): Beginning {
  const isActive = chance.percent(category.isAboutOpening ? 45 : 25);
  const settings = settingsFor(category, isActive, chance);
  const remote = remoteEnd(category, isActive, settings, chance);
  const scene = new Scene(chance, remote, isActive ? LISTENER : LISTENER + 1);
  const way = chance.pick([3000, 10_000, 20_000, 30_000, 50_000, 50_000, 100_000]);
  scene.opensBy(`socket(..., SOCK_STREAM, IPPROTO_TCP) = ${LISTENER}`);
  setBefore(category, scene);
  if (isActive) openActively(category, scene, way);
  else openPassively(category, scene, way);
  if (scene.hasSocket && chance.percent(25)) {
    scene.happens(`setsockopt(${scene.fd}, SOL_TCP, TCP_NODELAY, [1], 4) = 0`);
  }
  return { scene, settings };
}

function settingsFor(category: Category, isActive: boolean, chance: Chance): readonly string[] {
  const settings = [ALWAYS];
  if (chance.percent(6)) settings.push(chance.pick(SOMETIMES));
  if (isActive && category.hasEcn) settings.push('net.ipv4.tcp_ecn=1');
  return settings;
}

function remoteEnd(
  category: Category,
  isActive: boolean,
  settings: readonly string[],
  chance: Chance,
): RemoteEnd {
  const mss = chance.weighted({ 1000: 12, 1460: 6, 536: 1, 100: 1, 0: 1, 1400: 2, 9000: 1 });
  const wanted: Options = {
    sack: chance.percent(category.isWithoutSack ? 15 : 85),
    timestamps: chance.percent(50),
    scale: chance.percent(80) ? chance.pick([0, 3, 7, 7, 7, 10, 14]) : undefined,
  };
  const agreed: Options = {
    sack: wanted.sack && !settings.includes(NO_SACK),
    timestamps: wanted.timestamps && !settings.includes(NO_TIMESTAMPS),
    scale: settings.includes(NO_SCALE) ? undefined : wanted.scale,
  };
  // Who answers a SYN offers nothing that it did not (RFC 7323 §1.3, RFC 2018 §2).
  const offered = isActive ? agreed : wanted;
  const window = chance.pick([65_535, 32_792, 29_200, 10_000, 5000, 65_535, 1000]);
  return new RemoteEnd(mss === '0' ? undefined : Number(mss), offered, agreed, window);
}

/** Options that a program sets before there is a connection. */
function setBefore(category: Category, scene: Scene): void {
  const { chance } = scene;
  const set = (level: string, option: string, values: readonly number[]): void =>
    scene.happens(`setsockopt(${LISTENER}, ${level}, ${option}, [${chance.pick(values)}], 4) = 0`);
  if (chance.percent(25)) {
    scene.happens(`setsockopt(${LISTENER}, SOL_TCP, TCP_CONGESTION, "reno", 4) = 0`);
  }
  if (chance.percent(category.isAboutOwnWindow ? 40 : 8)) {
    set('SOL_SOCKET', 'SO_RCVBUF', [1000, 2304, 4000, 8000, 10_000, 20_000, 50_000]);
  }
  if (chance.percent(6)) set('SOL_SOCKET', 'SO_SNDBUF', [1000, 5000, 10_000, 20_000]);
  if (chance.percent(4)) set('SOL_TCP', 'TCP_MAXSEG', [100, 500, 1000, 1400]);
  if (chance.percent(3)) set('SOL_TCP', WINDOW_CLAMP, [100, 500, 1000, 5000, 30_000]);
}

function openActively(category: Category, scene: Scene, way: Microseconds): void {
  const { chance, remote } = scene;
  scene.opensBy(`fcntl(${LISTENER}, F_SETFL, O_RDWR|O_NONBLOCK) = 0`);
  scene.time += BEFORE_SYN;
  scene.opensBy(`connect(${LISTENER}, ..., ...) = -1 EINPROGRESS (Operation now in progress)`);
  scene.opensBy(`> S 0:0(0) ${STAND_IN}`);
  scene.time += way;
  if (category.isAboutOpening && chance.percent(40)) {
    disturb(scene, true);
    scene.time += way;
  }
  const flags = category.hasEcn ? chance.pick(['SE.', 'SE.', 'S.']) : 'S.';
  scene.opensBy(remote.syn(flags, 1, scene.time));
  remote.window = WIDEST;
  scene.hasSocket = true;
}

function openPassively(category: Category, scene: Scene, way: Microseconds): void {
  const { chance, remote, fd } = scene;
  scene.opensBy(`bind(${LISTENER}, ..., ...) = 0`);
  scene.opensBy(`listen(${LISTENER}, 1) = 0`);
  scene.time += BEFORE_SYN;
  const flags = category.hasEcn ? chance.pick(['SEW', 'SEW', 'SEWA', 'S']) : 'S';
  scene.opensBy(remote.syn(flags, undefined, scene.time));
  scene.opensBy(`> S. 0:0(0) ack 1 ${STAND_IN}`);
  scene.time += way;
  remote.window = chance.pick([10_000, 30_000, 65_000, 65_000, 65_000, 100_000]);
  if (category.isAboutOpening && chance.percent(50)) {
    disturb(scene, false);
    scene.time += chance.pick([1000, 10_000, 50_000]);
  }
  acknowledgeSyn(category, scene);
  if (category.isAboutOpening && chance.percent(25)) return; // nobody accepts
  scene.opensBy(`fcntl(${LISTENER}, F_SETFL, O_RDWR|O_NONBLOCK) = 0`);
  scene.opensBy(`accept(${LISTENER}, ..., ...) = ${fd}`);
  scene.opensBy(`fcntl(${fd}, F_SETFL, O_RDWR|O_NONBLOCK) = 0`);
  scene.hasSocket = true;
}

/** The handshake's last segment: with the first octets, at times, or never. */
function acknowledgeSyn(category: Category, scene: Scene): void {
  const { chance, remote } = scene;
  if (category.isAboutOpening && chance.percent(7)) return;
  const length = chance.percent(10) ? chance.pick([100, 1000]) : 0;
  scene.opensBy(scene.segment({ flags: length > 0 ? 'P.' : '.', length }));
  remote.next += length;
}
