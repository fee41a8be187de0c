import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostDriver, Loop, Random } from '../../src/sim/index.ts';
import { Host, type Instant, NEVER } from '../../src/stack/index.ts';

/** A host that has nothing but deadlines. */
class Sleeper {
  deadlines: Instant[] = [];
  readonly backgroundDeadline: Instant = NEVER;
  readonly woken: Instant[] = [];
  readonly ran: Instant[] = [];
  readonly #driver: HostDriver;

  constructor(driver: HostDriver) {
    this.#driver = driver;
    driver.attach(this);
  }

  get foregroundDeadline(): Instant {
    return Math.min(NEVER, ...this.deadlines);
  }

  add(at: Instant): void {
    this.deadlines.push(at);
    this.#driver.wakeAt(at);
  }

  wake(now: Instant): void {
    this.woken.push(now);
    for (const at of this.deadlines) if (at <= now) this.ran.push(at);
    this.deadlines = this.deadlines.filter((at) => at > now);
  }
}

function sleeper(): { loop: Loop; host: Sleeper } {
  const loop = new Loop();
  return { loop, host: new Sleeper(new HostDriver(loop, new Random(1))) };
}

describe('HostDriver', () => {
  test('later wake-ups are not scheduled before the earliest has come', () => {
    const { loop, host } = sleeper();
    for (const at of [10, 20, 30, 20, 10]) host.add(at);
    expect(loop.pending).toBe(1);
    loop.run();
    expect(host.woken).toEqual([10, 20, 30]);
  });

  test('an earlier wake-up comes first, and the later one is scheduled once', () => {
    const { loop, host } = sleeper();
    host.add(60);
    for (const at of [40, 10, 10, 10, 20]) host.add(at);
    expect(loop.pending).toBe(3);
    loop.run();
    expect(host.woken).toEqual([10, 20, 40, 60]);
  });

  test('a deadline that is far off is scheduled once, however many come before it', () => {
    const { loop, host } = sleeper();
    host.add(1_000_000);
    for (let at = 1; at <= 1_000; at++) {
      host.add(at);
      loop.runUntil(at);
    }
    expect(loop.pending).toBe(1);
    expect(host.woken).toHaveLength(1_000);
  });

  test('woken in vain, when the deadline has moved away, the host names the next one', () => {
    const { loop, host } = sleeper();
    host.add(10);
    host.deadlines = [25]; // moved, without a word
    loop.run();
    expect(host.woken).toEqual([10, 25]);
    expect(host.ran).toEqual([25]);
  });

  test('a host without deadlines lets the loop run empty', () => {
    const { loop, host } = sleeper();
    expect(loop.pending).toBe(0);
    host.add(NEVER);
    expect(loop.pending).toBe(0);
  });

  test('law: every deadline is met at its instant, with as few wake-ups as there are instants', () => {
    const instants = fc.array(fc.tuple(fc.nat(50), fc.nat(100)), { size: 'max', maxLength: 60 });
    fc.assert(
      fc.property(instants, (steps) => {
        const { loop, host } = sleeper();
        const wanted = new Set<Instant>();
        for (const [pause, delay] of steps) {
          const at = loop.now + delay + 1;
          host.add(at);
          wanted.add(at);
          loop.runUntil(loop.now + pause);
        }
        loop.run();
        expect(host.woken).toEqual([...wanted].toSorted((a, b) => a - b));
        expect([...new Set(host.ran)]).toEqual(host.woken);
      }),
    );
  });

  test('law: the background is woken in its time, and is at rest when nothing else is wanted', () => {
    const steps = fc.array(fc.tuple(fc.nat(100), fc.boolean()), { size: 'max', maxLength: 60 });
    fc.assert(
      fc.property(steps, (asked) => {
        const loop = new Loop();
        const driver = new HostDriver(loop, new Random(1));
        const waiting = { foreground: new Set<Instant>(), background: new Set<Instant>() };
        const late: Instant[] = [];
        driver.attach({
          get foregroundDeadline() {
            return Math.min(NEVER, ...waiting.foreground);
          },
          get backgroundDeadline() {
            return Math.min(NEVER, ...waiting.background);
          },
          wake(now) {
            for (const each of [waiting.foreground, waiting.background]) {
              for (const at of each) if (at <= now) each.delete(at);
              late.push(...[...each].filter((at) => at < now));
            }
          },
        });
        for (const [at, inBackground] of asked) {
          waiting[inBackground ? 'background' : 'foreground'].add(at);
          driver.wakeAt(at, inBackground);
        }
        const last = Math.max(-1, ...waiting.foreground);
        while (!loop.isAtRest) loop.step();
        expect(waiting.foreground.size).toBe(0);
        if (last >= 0) expect(loop.now).toBe(last);
        loop.run();
        expect([waiting.background.size, late]).toEqual([0, []]);
      }),
    );
  });

  test('chance is that of the stream it was given', () => {
    const driver = new HostDriver(new Loop(), new Random(7, 'host a'));
    const stream = new Random(7).fork('host a');
    expect([driver.random(), driver.random()]).toEqual([stream.u32(), stream.u32()]);
  });

  test('drives a host', () => {
    const loop = new Loop();
    const driver = new HostDriver(loop, new Random(1));
    const host = new Host({ name: 'a' }, driver);
    driver.attach(host);
    host.addInterface('eth0', { mac: 0x020000000001, address: '10.0.0.1/24' });
    const socket = host.tcpSocket();
    socket.connect(0x0a000002, 80, 0);
    loop.run(); // nobody answers
    expect(socket.takeError()).toBe('EHOSTUNREACH');
    expect(loop.now).toBe(3_000_000_000); // three ARP requests, a second apart
  });
});
