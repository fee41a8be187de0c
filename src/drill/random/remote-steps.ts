/**
 * What the other end may send next: what a good receiver or sender would, and what only a bad one,
 * an old segment or an attacker does.
 */
import type { Chance } from './chance.ts';
import { type Range, type SegmentFields, timestampAt } from './remote-end.ts';
import { sackBlocks } from './sack-blocks.ts';
import type { Scene } from './scene.ts';

export type RemoteStep =
  | 'ack'
  | 'ackWithOldEcho'
  | 'ackMidway'
  | 'duplicateAcks'
  | 'sack'
  | 'duplicateSack'
  | 'oldAck'
  | 'ackOfUnsent'
  | 'window'
  | 'closedWindow'
  | 'data'
  | 'manyData'
  | 'dataAhead'
  | 'finAhead'
  | 'dataAgain'
  | 'overlap'
  | 'fin'
  | 'finAgain'
  | 'urgent'
  | 'reset'
  | 'resetAtSack'
  | 'syn'
  | 'synAck'
  | 'synAgain'
  | 'withoutAck'
  | 'oldTimestamp'
  | 'beyondWindow'
  | 'icmp'
  | 'echoCongestion'
  | 'markedData'
  | 'dataWithCwr';

const LENGTHS: readonly number[] = [1, 10, 100, 500, 1000, 1000, 1000, 1448, 1460];
const LARGEST = 1460;
const ICMP_CODES: readonly string[] = [
  'host_unreachable',
  'net_unreachable',
  'port_unreachable',
  'host_prohibited',
  'frag_needed mtu 1000',
  'frag_needed mtu 600',
];

/** The other end's ACK field grows to all that was sent, or stays. */
function acknowledgeAllOrNothing({ chance, remote, sent }: Scene): void {
  if (chance.percent(60)) remote.acknowledge(sent.next);
}

/** It grows to the end of a segment that is outstanding. */
function acknowledgeOne({ chance, remote, outstanding }: Scene): void {
  if (outstanding.length > 0) remote.acknowledge(chance.pick(outstanding).end);
}

/** The next octets of the other end's stream. */
function sendNext(scene: Scene, fields: SegmentFields & { readonly length: number }): void {
  scene.arrives(fields);
  scene.remote.next += fields.length;
}

function maybePush(chance: Chance): string {
  return chance.percent(50) ? 'P.' : '.';
}

/** The lower part of one that may go on behind what is expected next. */
function overlap(scene: Scene): void {
  const { chance, remote } = scene;
  acknowledgeAllOrNothing(scene);
  if (remote.ahead.length > 0 && chance.percent(60)) {
    const range = chance.pick(remote.ahead);
    const start = Math.max(1, range.start + chance.pick([-500, -100, 0, 100, 500]));
    const end = Math.min(range.end + chance.pick([-100, 0, 100, 500]), start + LARGEST);
    if (end <= start) return;
    scene.arrives({ flags: maybePush(chance), start, length: end - start });
    remote.ahead.push({ start, end });
    if (start <= scene.sent.acknowledged) remote.next = Math.max(remote.next, end);
    return;
  }
  const start = Math.max(1, remote.next - chance.pick([1, 100, 500]));
  const end = remote.next + chance.pick([1, 100, 500]);
  scene.arrives({ flags: 'P.', start, length: end - start });
  remote.next = end;
}

/** A report of octets that came twice, with one of those above a hole or without (RFC 2883). */
function duplicateSack(scene: Scene): void {
  const { chance, remote, sent, outstanding } = scene;
  const below: Range = {
    start: Math.max(1, remote.acked - 500),
    end: Math.max(2, remote.acked),
  };
  const twice = sent.segments.length > 0 && chance.percent(70) ? chance.pick(sent.segments) : below;
  if (chance.percent(40)) acknowledgeOne(scene);
  const rest = chance.percent(40) ? sackBlocks(chance, outstanding, remote.acked, 2) : '';
  const block = `${twice.start}:${twice.end}`;
  scene.arrives({
    flags: '.',
    sack: rest === '' ? `sack ${block}` : rest.replace(' ', ` ${block} `),
  });
}

function sack(scene: Scene): void {
  const { chance, remote, sent, outstanding } = scene;
  if (outstanding.length > 1 && chance.percent(30)) {
    const lower = outstanding.slice(0, Math.ceil(outstanding.length / 2));
    remote.acknowledge(chance.pick(lower).end);
  }
  const most = remote.agreed.timestamps ? 3 : 4; // what there is room for (RFC 2018 §3)
  const unsent = chance.percent(10) ? `sack ${sent.next + 100}:${sent.next + 1100}` : '';
  scene.arrives({
    flags: '.',
    sack: sackBlocks(chance, sent.segments, remote.acked, most) || unsent,
  });
}

/** Around the only place where a RST counts at once, RCV.NXT (RFC 5961 §3). */
function reset(scene: Scene): void {
  const { chance, remote, sent } = scene;
  const { acknowledged: next } = sent;
  const places = [next, next, next, next + 1, next - 1, next + 1000, next + 100_000, remote.next];
  scene.arrives({
    flags: chance.pick(['R', 'R.', 'R.']),
    start: Math.max(0, chance.pick(places)),
    ack: chance.pick([remote.acked, sent.next, sent.next + 100]),
  });
}

/** A router, or the other end, tells of a segment that is under way. */
function icmp(scene: Scene): void {
  const { chance, remote, outstanding } = scene;
  const nothing: Range = { start: remote.acked, end: remote.acked };
  const { start, end } = outstanding.length > 0 ? chance.pick(outstanding) : nothing;
  scene.happens(`< icmp unreachable ${chance.pick(ICMP_CODES)} [${start}:${end}(${end - start})]`);
}

/** A SYN of a connection that is there, in its window or out of it (RFC 5961 §4). */
function synAt(scene: Scene, flags: string, place: number): void {
  scene.happens(`< ${flags} ${place}:${place}(0) win 1000 <mss 1000>`);
}

export const REMOTE_STEPS: Readonly<Record<RemoteStep, (scene: Scene) => void>> = {
  ack: (scene) => {
    acknowledgeOne(scene);
    if (scene.chance.percent(40)) scene.remote.acknowledge(scene.sent.next);
    scene.arrives({ flags: '.' });
  },
  ackWithOldEcho: (scene) => {
    acknowledgeOne(scene);
    const { timestamps } = scene.sent;
    const echo = timestamps.length > 0 ? { echo: scene.chance.pick(timestamps) } : {};
    scene.arrives({ flags: '.', ...echo });
  },
  ackMidway: (scene) => {
    const { chance, remote, sent } = scene;
    if (sent.next > remote.acked) remote.acknowledge(chance.between(remote.acked, sent.next));
    scene.arrives({ flags: '.' });
  },
  duplicateAcks: (scene) => {
    for (let i = scene.chance.between(1, 3); i > 0; i--) {
      scene.arrives({ flags: '.' });
      scene.time += scene.chance.pick([0, 500]);
    }
  },
  sack,
  duplicateSack,
  oldAck: (scene) => {
    const { acked } = scene.remote;
    const ack = Math.max(0, scene.chance.pick([acked - 1, acked - 1000, 1, 0]));
    scene.arrives({ flags: '.', length: scene.chance.pick([0, 0, 100]), ack });
  },
  ackOfUnsent: (scene) => {
    const ack = scene.sent.next + scene.chance.pick([1, 100, 100_000]);
    scene.arrives({ flags: '.', length: scene.chance.pick([0, 0, 100]), ack });
  },
  window: (scene) => {
    acknowledgeAllOrNothing(scene);
    scene.remote.window = scene.chance.pick([
      500, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000, 65_000,
    ]);
    scene.arrives({ flags: '.' });
  },
  closedWindow: (scene) => {
    acknowledgeAllOrNothing(scene);
    scene.remote.window = 0;
    scene.arrives({ flags: '.' });
  },
  data: (scene) => {
    acknowledgeAllOrNothing(scene);
    sendNext(scene, { flags: maybePush(scene.chance), length: scene.chance.pick(LENGTHS) });
    if (scene.chance.percent(25)) {
      sendNext(scene, { flags: maybePush(scene.chance), length: scene.chance.pick(LENGTHS) });
    }
  },
  manyData: (scene) => {
    const length = scene.chance.pick([1000, LARGEST, 1448, 100, 1]);
    for (let left = scene.chance.between(2, 14); left > 0; left--) {
      sendNext(scene, { flags: left === 1 ? 'P.' : '.', length });
      scene.time += scene.chance.pick([0, 0, 0, 300]);
    }
  },
  dataAhead: (scene) => {
    const { chance, remote } = scene;
    acknowledgeAllOrNothing(scene);
    const start = remote.next + chance.pick([1, 100, 500, 1000, 1000, 2000, 3000]);
    const length = chance.pick(LENGTHS);
    scene.arrives({ flags: maybePush(chance), start, length });
    remote.ahead.push({ start, end: start + length });
  },
  finAhead: (scene) => {
    const { chance, remote } = scene;
    const start = remote.next + chance.pick([100, 1000]);
    scene.arrives({ flags: 'F.', start, length: chance.pick([0, 100]) });
  },
  dataAgain: (scene) => {
    const { chance, remote } = scene;
    acknowledgeAllOrNothing(scene);
    const length = chance.pick(LENGTHS);
    const start = Math.max(1, remote.next - chance.pick([length, length, 500, 1000]));
    scene.arrives({ flags: 'P.', start, length: Math.min(length, remote.next - start) });
  },
  overlap,
  fin: (scene) => {
    acknowledgeAllOrNothing(scene);
    sendNext(scene, { flags: 'F.', length: scene.chance.pick([0, 0, 100]) });
    scene.remote.next += 1;
    scene.remote.hasFinished = true;
  },
  finAgain: (scene) => {
    const { remote } = scene;
    acknowledgeAllOrNothing(scene);
    scene.arrives({ flags: 'F.', start: remote.hasFinished ? remote.next - 1 : remote.next });
    if (!remote.hasFinished) remote.next += 1;
    remote.hasFinished = true;
  },
  urgent: (scene) => {
    const length = scene.chance.pick([1, 10, 100, 1000]);
    const urgentPointer = scene.chance.pick([length, 1, length + 1, 5]);
    sendNext(scene, { flags: 'PU.', length, urgentPointer });
  },
  reset,
  /** Where a block begins or ends that was reported: RFC 5961 §3.2 as Linux widened it. */
  resetAtSack: (scene) => {
    const { chance, remote } = scene;
    const nothing: Range = { start: 1, end: 1 };
    const range = remote.ahead.length > 0 ? chance.pick(remote.ahead) : nothing;
    scene.arrives({ flags: 'R.', start: chance.pick([range.start, range.end]) });
  },
  syn: (scene) => {
    const { acknowledged: next } = scene.sent;
    synAt(scene, 'S', scene.chance.pick([0, next, next + 1, next + 100_000]));
  },
  synAck: (scene) => {
    const { chance, remote, sent } = scene;
    const place = chance.pick([0, sent.acknowledged, sent.acknowledged + 1]);
    const ack = chance.pick([1, remote.acked, sent.next]);
    scene.happens(`< S. ${place}:${place}(0) ack ${ack} win 1000 <mss 1000>`);
  },
  synAgain: (scene) => synAt(scene, 'S', 0),
  withoutAck: (scene) => {
    const flags = scene.chance.pick(['-', 'P', 'F']);
    scene.arrives({ flags, length: scene.chance.pick([0, 100]) });
  },
  /** PAWS (RFC 7323 §5). */
  oldTimestamp: (scene) => {
    const { chance, time } = scene;
    const flags = chance.pick(['.', 'P.', 'P.', 'F.', 'R.']);
    const timestamp = chance.pick([1, 500, Math.max(10, timestampAt(time) - 5000)]);
    scene.arrives({ flags, length: chance.pick([0, 100]), timestamp });
  },
  beyondWindow: (scene) => {
    const { chance, remote } = scene;
    const distance = chance.pick([60_000, 64_000, 65_000, 65_536, 70_000, 100_000]);
    scene.arrives({
      flags: 'P.',
      start: remote.next + distance,
      length: chance.pick([0, 1, 1000]),
    });
  },
  icmp,
  echoCongestion: (scene) => {
    if (scene.chance.percent(60)) acknowledgeOne(scene);
    scene.arrives({ flags: 'E.' });
  },
  markedData: (scene) => {
    acknowledgeAllOrNothing(scene);
    sendNext(scene, { flags: 'P.', length: scene.chance.pick(LENGTHS), codepoint: 'ce' });
  },
  dataWithCwr: (scene) => {
    acknowledgeAllOrNothing(scene);
    sendNext(scene, { flags: 'PW.', length: scene.chance.pick(LENGTHS), codepoint: 'ect0' });
  },
};
