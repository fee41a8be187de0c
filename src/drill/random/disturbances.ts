/** What may come between the first SYN and its answer, or between that and the last ACK. */
import type { Scene } from './scene.ts';

type Disturbance = (scene: Scene) => void;

/** One of them, for an end that has sent the SYN, or for one that has answered it. */
export function disturb(scene: Scene, isOpener: boolean): void {
  const { chance } = scene;
  if (isOpener) TO_OPENER[chance.weighted(TO_OPENER_WEIGHTS)](scene);
  else TO_ACCEPTOR[chance.weighted(TO_ACCEPTOR_WEIGHTS)](scene);
}

type ToOpener =
  'ack' | 'synAck' | 'reset' | 'resetWithAck' | 'fin' | 'data' | 'crossing' | 'icmp' | 'silence';

const TO_OPENER_WEIGHTS: Readonly<Record<ToOpener, number>> = {
  ack: 4,
  synAck: 4,
  reset: 2,
  resetWithAck: 1,
  fin: 1,
  data: 2,
  crossing: 3,
  icmp: 2,
  silence: 4,
};

const TO_OPENER: Readonly<Record<ToOpener, Disturbance>> = {
  ack: (scene) => scene.happens(`< . 0:0(0) ack ${scene.chance.pick([0, 1, 2, 1000])} win 65535`),
  synAck: (scene) =>
    scene.happens(scene.remote.syn('S.', scene.chance.pick([0, 2, 1000]), scene.time)),
  reset: (scene) => scene.happens('< R 0:0(0) win 0'),
  resetWithAck: (scene) => scene.happens(`< R. 0:0(0) ack ${scene.chance.pick([0, 1, 2])} win 0`),
  fin: (scene) => scene.happens('< F 0:0(0) win 100'),
  data: (scene) => scene.happens('< P. 0:100(100) ack 1 win 100'),
  /** A simultaneous open (RFC 9293 §3.5). */
  crossing: (scene) => scene.happens(scene.remote.syn('S', undefined, scene.time)),
  icmp: (scene) => {
    const code = scene.chance.pick(['host_unreachable', 'port_unreachable', 'net_unreachable']);
    scene.happens(`< icmp unreachable ${code} [0:0(0)]`);
  },
  /** So that the SYN goes again. */
  silence: (scene) => {
    scene.time += scene.chance.pick([1_100_000, 2_150_000]);
  },
};

type ToAcceptor =
  'synAgain' | 'ack' | 'reset' | 'resetElsewhere' | 'data' | 'fin' | 'synAck' | 'silence';

const TO_ACCEPTOR_WEIGHTS: Readonly<Record<ToAcceptor, number>> = {
  synAgain: 6,
  ack: 4,
  reset: 3,
  resetElsewhere: 2,
  data: 2,
  fin: 2,
  synAck: 2,
  silence: 2,
};

const TO_ACCEPTOR: Readonly<Record<ToAcceptor, Disturbance>> = {
  synAgain: (scene) => scene.happens(scene.remote.syn('S', undefined, scene.time)),
  ack: (scene) => scene.arrives({ flags: '.', ack: scene.chance.pick([0, 2, 100]) }),
  reset: (scene) => scene.arrives({ flags: 'R' }),
  resetElsewhere: (scene) =>
    scene.arrives({ flags: 'R', start: scene.chance.pick([0, 2, 100_000]) }),
  data: (scene) => scene.arrives({ flags: 'P.', length: 100 }),
  fin: (scene) => scene.arrives({ flags: 'F.' }),
  synAck: (scene) => scene.happens(scene.remote.syn('S.', 1, scene.time)),
  /** So that the SYN,ACK goes again. */
  silence: (scene) => {
    scene.time += scene.chance.pick([300_000, 1_100_000]);
  },
};
