/** Two bridges back to back, on a clock of the test's: what real time does to a run. */
import { describe, expect, test } from 'vitest';
import {
  Bridge,
  type BridgeOptions,
  firstMacOf,
  type Framing,
  type WallClock,
} from '../../src/bridge/index.ts';
import { type Scenario, scenario, TaskError } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { printMac, u48 } from '../../src/wire/index.ts';
import { loadScenario } from '../help/run.ts';

/**
 * A simulation at work takes a turn of the event loop for each task that it wakes: so many go by in
 * which nobody does anything, or one side's timers run out while the other is still at work.
 */
const TURNS = 50;

/** Time passes when everybody waits, to the earliest of what is waited for. */
class TestClock implements WallClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();
  #isPumping = false;

  now(): number {
    return this.#now;
  }

  after(time: number, call: () => void): () => void {
    const timer = { at: this.#now + time, call };
    this.#timers.add(timer);
    this.#pump();
    return () => this.#timers.delete(timer);
  }

  #pump(): void {
    if (this.#isPumping || this.#timers.size === 0) return;
    this.#isPumping = true;
    this.#afterTurns(TURNS, () => {
      this.#isPumping = false;
      this.#fire();
      this.#pump();
    });
  }

  #afterTurns(left: number, call: () => void): void {
    setImmediate(() => (left > 1 ? this.#afterTurns(left - 1, call) : call()));
  }

  #fire(): void {
    const [first] = [...this.#timers].toSorted((a, b) => a.at - b.at);
    if (first === undefined) return;
    this.#timers.delete(first);
    this.#now = Math.max(this.#now, first.at);
    first.call();
  }
}

interface Half extends Partial<Pick<BridgeOptions, 'parameters' | 'impairments' | 'observer'>> {
  readonly what?: Scenario;
}

/** Two scenarios, `bridge/host` unless another is given, joined to each other. */
async function joined(framing: Framing, one: Half, other: Half): Promise<[Bridge, Bridge]> {
  const host = await loadScenario('bridge/host');
  const clock = new TestClock();
  const make = ({ what = host, ...half }: Half, peer: () => Bridge): Bridge =>
    new Bridge(what, {
      framing,
      clock,
      sink: {
        send: (frame) => {
          peer().receive(frame);
          return true;
        },
      },
      ...half,
    });
  const a: Bridge = make(one, () => b);
  const b: Bridge = make(other, () => a);
  return [a, b];
}

const SENDER = { address: '192.0.2.1/24', peer: '192.0.2.2:9', octets: '300000' };

describe.each(['ethernet', 'ip'] as const)('%s', (framing) => {
  test('a sender here, a receiver there: it ends when all has come', async () => {
    const [host, sender] = await joined(framing, {}, { parameters: SENDER });
    const serving = host.run();
    await sender.run();
    host.end();
    await serving;
    expect(sender.statistics.octetsOut).toBeGreaterThan(300_000);
    expect(sender.statistics.octetsOut).toBe(host.statistics.octetsIn);
    expect(sender.statistics.lost).toBe(0);
  });

  test('with loss and delay in the bridge', async () => {
    const impairments = { netem: 'delay 5ms loss 5%' };
    const [host, sender] = await joined(framing, { impairments }, { parameters: SENDER });
    const serving = host.run();
    await sender.run();
    host.end();
    await serving;
    expect(host.statistics.lost).toBeGreaterThan(5);
    expect(sender.now).toBeGreaterThan(ms(20)); // two round trips at least
  });
});

test('what a program sent before it ended is delivered, however long that takes', async () => {
  const what = scenario('hasty', { summary: 'x' }, ({ network }) => {
    const host = network.host('host', { address: '192.0.2.1/24' });
    network.link(host, network.outside());
    host.run('sender', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: '192.0.2.2', port: 9 });
      await connection.send(new Uint8Array(50_000));
      await connection.close(); // at once, with most of it in the send buffer
    });
  });
  const slow = { netem: 'rate 100kbit' };
  const [host, sender] = await joined('ip', {}, { what, impairments: slow });
  const serving = host.run();
  await sender.run();
  expect(sender.now).toBeGreaterThan(seconds(4));
  expect(host.statistics.octetsIn).toBeGreaterThan(50_000);
  host.end();
  await serving;
});

test('nobody beyond: what cannot be sent is lost, and the program is told', async () => {
  const said: string[] = [];
  const bridge = new Bridge(await loadScenario('bridge/host'), {
    framing: 'ethernet',
    clock: new TestClock(),
    sink: { send: () => false },
    parameters: SENDER,
    observer: {
      captureOpened: () => {},
      frame: () => {},
      dropped: () => {},
      stateEntered: () => {},
      reported: (text) => said.push(text),
    },
  });
  await bridge.run();
  expect(bridge.statistics).toMatchObject({ framesOut: 0, lost: 3 }); // ARP asks thrice
  expect(said).toEqual([expect.stringContaining('EHOSTUNREACH')]);
});

describe('what comes in', () => {
  const losses = async (framing: Framing): Promise<[Bridge, string[]]> => {
    const causes: string[] = [];
    const observer: BridgeOptions['observer'] = {
      captureOpened: () => {},
      frame: () => {},
      dropped: (_where, _frame, why) => causes.push(why.name),
      stateEntered: () => {},
      reported: () => {},
    };
    const sink = { send: (): boolean => true };
    const options = { framing, clock: new TestClock(), sink, observer };
    return [new Bridge(await loadScenario('bridge/host'), options), causes];
  };

  test.each([
    ['ip', 19],
    ['ethernet', 13],
  ] as const)('%s of %i octets is lost', async (framing, length) => {
    const [bridge, causes] = await losses(framing);
    bridge.receive(new Uint8Array(length).fill(0x45));
    bridge.receive(new Uint8Array(0));
    expect(bridge.statistics).toMatchObject({ framesIn: 2, lost: 2 });
    expect(causes).toEqual(['outside-no-frame', 'outside-no-frame']);
  });

  test.each([
    ['frames', 60, 16_384],
    ['octets', 69_632, 482], // 32 MiB, and the frame that crosses the line
  ])('more %s than wait for the simulation are lost', async (_what, length, most) => {
    const [bridge, causes] = await losses('ethernet');
    for (let i = 0; i < most + 3; i++) bridge.receive(new Uint8Array(length));
    expect(causes).toEqual(Array(3).fill('outside-backlog'));
  });
});

describe('hardware addresses', () => {
  const first = (parameters?: Record<string, string>): string =>
    printMac(firstMacOf('bridge/host', parameters));

  test('the same at each run, others by name and settings', () => {
    expect(first()).toMatch(/^02(:..){3}:00:01$/);
    expect(first({ a: '1', b: '2' })).toBe(first({ b: '2', a: '1' }));
    const some = [first(), first({ a: '1' }), first({ a: '2' }), printMac(firstMacOf('web'))];
    expect(new Set(some).size).toBe(4);
  });

  test('frames have them, or those that are asked for', async () => {
    const sourceOf = async (more: Pick<BridgeOptions, 'firstMac'>): Promise<string | undefined> => {
      const sources: string[] = [];
      const sink = {
        send: (frame: Uint8Array): boolean => sources.push(printMac(u48(frame, 6))) > 0,
      };
      const what = await loadScenario('bridge/host');
      const options = { framing: 'ethernet', clock: new TestClock(), sink } as const;
      await new Bridge(what, { ...options, parameters: SENDER, ...more }).run();
      return sources[0];
    };
    expect(await sourceOf({})).toBe(first(SENDER));
    expect(await sourceOf({ firstMac: 0x02_00_00_00_00_77 })).toBe('02:00:00:00:00:77');
  });
});

describe('the run', () => {
  const options = (): BridgeOptions => ({
    framing: 'ip',
    clock: new TestClock(),
    sink: { send: () => true },
  });
  const sleeper = (after: () => void): ReturnType<typeof scenario> =>
    scenario('sleeper', { summary: 'x' }, ({ network }) => {
      const host = network.host('host', { address: '10.0.0.1/24' });
      network.link(host, network.outside());
      host.run('sleep', async (process) => {
        await process.sleep(seconds(2));
        after();
      });
    });

  test('takes as long as its programs sleep', async () => {
    const bridge = new Bridge(
      sleeper(() => {}),
      options(),
    );
    await bridge.run();
    expect(bridge.now).toBeGreaterThanOrEqual(seconds(2));
  });

  test('fails with them', async () => {
    const fail = (): void => {
      throw new Error('no more');
    };
    await expect(new Bridge(sleeper(fail), options()).run()).rejects.toBeInstanceOf(TaskError);
  });

  test.each([
    ['none', [], undefined, 'it has no outside to be bridged: network.outside()'],
    ['two', ['a', 'b'], undefined, 'it has several outsides: a, b; say which'],
    ['another', ['a'], 'c', 'it has no outside "c", but a'],
  ])('an outside is needed: %s', (_what, names, wanted, message) => {
    const what = scenario('x', { summary: 'x' }, ({ network }) => {
      for (const name of names) network.outside(name);
    });
    const make = (): Bridge =>
      new Bridge(what, { ...options(), ...(wanted !== undefined && { outside: wanted }) });
    expect(make).toThrow(message);
  });

  test('a parameter that the scenario does not have', async () => {
    const what = await loadScenario('bridge/host');
    expect(() => new Bridge(what, { ...options(), parameters: { adress: 'x' } })).toThrow(
      'it has no parameter "adress", but address, gateway, peer, octets',
    );
  });
});
