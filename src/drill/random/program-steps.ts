/**
 * What the program under test may do next: calls, most of them with arguments at the edges, and
 * looks of code at the socket.
 */
import type { Scene } from './scene.ts';

export type ProgramStep =
  | 'write'
  | 'writeMore'
  | 'writeUrgent'
  | 'read'
  | 'look'
  | 'close'
  | 'shutdown'
  | 'lingerNot'
  | 'lingerInFinWait'
  | 'quickAck'
  | 'noDelay'
  | 'cork'
  | 'uncork'
  | 'notSentLimit'
  | 'maximumSegment'
  | 'receiveBuffer'
  | 'sendBuffer'
  | 'windowClamp'
  | 'keepAlive'
  | 'userTimeout'
  | 'askOption'
  | 'askQueues';

/** The original does not know these by their names. */
export const WINDOW_CLAMP = '10';
const SIOCOUTQ = '0x5411';

/** What code sees is filled in later. */
const LOOK = '%{ }%';

const WRITE_LENGTHS: readonly number[] = [
  1, 10, 100, 500, 999, 1000, 1001, 1460, 2000, 2500, 3000, 5000, 5000, 8000, 10_000, 10_000,
  20_000,
];

/** The options whose values are worth to be asked for. */
const ASKED: readonly (readonly [level: string, name: string])[] = [
  ['SOL_SOCKET', 'SO_RCVBUF'],
  ['SOL_SOCKET', 'SO_SNDBUF'],
  ['SOL_SOCKET', 'SO_RCVLOWAT'],
  ['SOL_SOCKET', 'SO_ERROR'],
  ['SOL_TCP', 'TCP_MAXSEG'],
  ['SOL_TCP', WINDOW_CLAMP],
  ['SOL_TCP', 'TCP_QUICKACK'],
  ['SOL_TCP', 'TCP_NODELAY'],
  ['SOL_TCP', 'TCP_CORK'],
  ['SOL_TCP', 'TCP_KEEPIDLE'],
  ['SOL_TCP', 'TCP_DEFER_ACCEPT'],
  ['SOL_TCP', 'TCP_LINGER2'],
  ['SOL_TCP', 'TCP_USER_TIMEOUT'],
  ['SOL_TCP', 'TCP_SYNCNT'],
  ['SOL_TCP', 'TCP_NOTSENT_LOWAT'],
];

/** A call on the connection's descriptor; what it returns is filled in later. */
function call(scene: Scene, name: string, ...args: readonly (string | number)[]): void {
  scene.happens(`${name}(${[scene.fd, ...args].join(', ')}) = 0`);
}

/** Sets an option of an int to one of the values. */
function set(scene: Scene, level: string, option: string, values: readonly number[]): void {
  call(scene, 'setsockopt', level, option, `[${scene.chance.pick(values)}]`, 4);
}

const BUFFER_LENGTHS: readonly number[] = [1000, 5000, 20_000, 100_000];

export const PROGRAM_STEPS: Readonly<Record<ProgramStep, (scene: Scene) => void>> = {
  write: (scene) => call(scene, 'write', '...', scene.chance.pick(WRITE_LENGTHS)),
  writeMore: (scene) => {
    const length = scene.chance.pick([10, 100, 500, 1000, 1500]);
    call(scene, 'send', '...', length, scene.chance.pick(['MSG_MORE', 'MSG_MORE', 0]));
  },
  writeUrgent: (scene) =>
    call(scene, 'send', '...', scene.chance.pick([1, 10, 100, 1500]), 'MSG_OOB'),
  read: (scene) => call(scene, 'read', '...', scene.chance.pick([1, 100, 1000, 5000, 100_000])),
  look: (scene) => scene.happens(LOOK),
  close: (scene) => {
    call(scene, 'close');
    scene.hasSocket = false;
  },
  shutdown: (scene) =>
    call(scene, 'shutdown', scene.chance.pick(['SHUT_WR', 'SHUT_WR', 'SHUT_RD', 'SHUT_RDWR'])),
  lingerNot: (scene) =>
    call(scene, 'setsockopt', 'SOL_SOCKET', 'SO_LINGER', '{onoff=1, linger=0}', 8),
  lingerInFinWait: (scene) => set(scene, 'SOL_TCP', 'TCP_LINGER2', [1, -1, 2]),
  quickAck: (scene) => set(scene, 'SOL_TCP', 'TCP_QUICKACK', [0, 1]),
  noDelay: (scene) => set(scene, 'SOL_TCP', 'TCP_NODELAY', [0, 1]),
  cork: (scene) => set(scene, 'SOL_TCP', 'TCP_CORK', [1]),
  uncork: (scene) => set(scene, 'SOL_TCP', 'TCP_CORK', [0]),
  notSentLimit: (scene) => set(scene, 'SOL_TCP', 'TCP_NOTSENT_LOWAT', [1, 1000, 5000]),
  maximumSegment: (scene) => set(scene, 'SOL_TCP', 'TCP_MAXSEG', [88, 200, 500, 1000, 1400]),
  receiveBuffer: (scene) => set(scene, 'SOL_SOCKET', 'SO_RCVBUF', BUFFER_LENGTHS),
  sendBuffer: (scene) => set(scene, 'SOL_SOCKET', 'SO_SNDBUF', BUFFER_LENGTHS),
  windowClamp: (scene) => set(scene, 'SOL_TCP', WINDOW_CLAMP, [0, 500, 1000, 5000, 50_000]),
  keepAlive: (scene) => {
    const { chance } = scene;
    set(scene, 'SOL_SOCKET', 'SO_KEEPALIVE', [1, 1, 1, 0]);
    if (chance.percent(80)) set(scene, 'SOL_TCP', 'TCP_KEEPIDLE', [1]);
    if (chance.percent(70)) set(scene, 'SOL_TCP', 'TCP_KEEPINTVL', [1]);
    if (chance.percent(50)) set(scene, 'SOL_TCP', 'TCP_KEEPCNT', [1, 2, 3]);
  },
  userTimeout: (scene) => set(scene, 'SOL_TCP', 'TCP_USER_TIMEOUT', [500, 1000, 1500, 2500]),
  askOption: (scene) => {
    const [level, name] = scene.chance.pick(ASKED);
    call(scene, 'getsockopt', level, name, '[0]', '[4]');
  },
  askQueues: (scene) => call(scene, 'ioctl', scene.chance.pick(['SIOCINQ', SIOCOUTQ]), '[0]'),
};
