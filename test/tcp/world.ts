/** Two hosts over an imperfect link, programs on both, and observers that judge what they see. */
import { Link, Loop, Random } from '../../src/sim/index.ts';
import { type Cause, type Instant, NEVER } from '../../src/stack/index.ts';
import { check, type Tally, type Witness, type WorldOptions } from './world-options.ts';
import { Party } from './world-party.ts';

/** Whether anything befalls frames on their way, for a time. */
export function hasFaults({ faults, netem }: WorldOptions): boolean {
  return faults.length + netem.length > 0;
}

/** What a run of a world has shown. */
export interface Outcome {
  readonly client: Party;
  readonly server: Party;
  readonly loop: Loop;
  /** Over every frame on the link, in order, with its time. */
  readonly digest: number;
  readonly frames: number;
}

/** Lets a world run until nothing happens any more. */
export function run(
  options: WorldOptions,
  tally: Tally,
  witnessOf?: (party: Party) => Witness,
): Outcome {
  const loop = new Loop({ events: 300_000 });
  const random = new Random(options.seed);
  const link = new Link(loop, {
    latency: options.latency,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    ...(options.queue === undefined ? {} : { queue: options.queue }),
    faults: options.faults,
    netem: options.netem.join(' '),
    random,
  });
  if (hasFaults(options)) link.change(options.faultsEnd, { faults: [], netem: '' });
  const { client: c, server: s } = options;
  const client = new Party('client', c, s, loop, random.fork('client'), tally);
  const server = new Party('server', s, c, loop, random.fork('server'), tally);
  const families = `${c.family} to ${s.family}`;
  tally.set(families, (tally.get(families) ?? 0) + 1);
  let digest = 0x811c9dc5;
  let frames = 0;
  const observer = {
    frame: (bytes: Uint8Array, _cause: Cause, now: Instant): void => {
      frames += 1;
      digest = Math.imul(digest ^ (now | 0), 0x01000193);
      for (const octet of bytes) digest = Math.imul(digest ^ octet, 0x01000193);
    },
  };
  for (const [party, end] of [
    [client, link.a],
    [server, link.b],
  ] as const) {
    const eth0 = party.host.interfaces[1];
    if (eth0 === undefined) throw new Error('no interface');
    eth0.attach(end);
    end.attach(eth0);
    end.observe(observer);
    party.observe(end);
    party.witness = witnessOf?.(party);
  }
  if (options.simultaneous) {
    client.connect(7000, 80);
    server.connect(80, 7000);
  } else {
    server.listen();
    client.connect(0, 80);
  }
  loop.run();
  return { client, server, loop, digest, frames };
}

/** What holds at the end of every world: nothing is left to do. */
export function expectNothingToDo({ client, server, loop }: Outcome): void {
  for (const { side, host } of [client, server]) {
    check(host.deadline === NEVER, `no timers of the ${side} are left`);
  }
  check(loop.pending === 0, 'nothing is scheduled');
}

/** The connections that are left, of both. */
export function connectionsLeft({ client, server }: Outcome): string[] {
  return [client, server].flatMap(({ host }) => host.tcp.connections().map(({ state }) => state));
}
