import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeadlockError, LimitError, Loop, TaskError, Tasks } from '../../src/sim/index.ts';
import { openMacrotasks } from '../../src/sim/macrotask.ts';
import { type Duration, ms, seconds } from '../../src/stack/index.ts';

/** A simulation with a log of what its tasks did at which virtual time. */
class Bench {
  readonly loop: Loop;
  readonly tasks: Tasks;
  readonly log: string[] = [];
  readonly note: (text: string) => void = (text) => {
    this.log.push(`${this.loop.now} ${text}`);
  };

  constructor(loop: Loop = new Loop()) {
    this.loop = loop;
    this.tasks = new Tasks(loop);
  }

  /** Has a promise woken at `at`, as a socket would on a packet's arrival. */
  later<T>(what: string, at: number, value: T): Promise<T> {
    return this.tasks.wait(what, (resolve) => {
      this.loop.schedule({ due: () => this.tasks.wake(resolve, value) }, at);
    });
  }
}

/** Awaits as often as that: what helpers between a task and a socket may do. */
async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** A mailbox over `wait` and `wake`: what two tasks of one simulation talk through. */
class Mailbox {
  readonly #tasks: Tasks;
  readonly #letters: string[] = [];
  readonly #readers: ((letter: string) => void)[] = [];

  constructor(tasks: Tasks) {
    this.#tasks = tasks;
  }

  put(letter: string): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#letters.push(letter);
    else this.#tasks.wake(reader, letter);
  }

  async take(): Promise<string> {
    return (
      this.#letters.shift() ??
      (await this.#tasks.wait('take', (resolve) => void this.#readers.push(resolve)))
    );
  }
}

/** Runs to the error that is expected. */
async function failure(tasks: Tasks): Promise<Error> {
  try {
    await tasks.run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('the run was expected to fail');
}

describe('sleeping', () => {
  test('takes virtual time, exactly', async () => {
    const { loop, tasks, log, note } = new Bench();
    tasks.start('a', async () => {
      await tasks.sleep(ms(10));
      note('slept 10 ms');
      await tasks.sleepUntil(seconds(3_600));
      note('an hour');
      await tasks.sleepUntil(5);
      note('that has passed');
      await tasks.sleep(0);
      note('nothing');
    });
    await tasks.run();
    expect(log).toEqual([
      '10000000 slept 10 ms',
      '3600000000000 an hour',
      '3600000000000 that has passed',
      '3600000000000 nothing',
    ]);
    expect(loop.now).toBe(seconds(3_600));
  });

  test('for less than nothing fails', async () => {
    const { tasks } = new Bench();
    tasks.start('a', () => tasks.sleep(-1));
    expect((await failure(tasks)).message).toContain('an event is scheduled in the past');
  });

  test('law: tasks wake in the order of time, and at one time of falling asleep', async () => {
    const naps = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 6 }), {
      size: 'max',
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(naps, async (naps) => {
        const { tasks, log, note } = new Bench();
        for (const [id, durations] of naps.entries()) {
          tasks.start(`task ${id}`, async () => {
            for (const duration of durations) {
              await tasks.sleep(duration);
              note(`task ${id}`);
            }
          });
        }
        await tasks.run();
        expect(log).toEqual(napsInOrder(naps));
      }),
    );
  });
});

/** The log that sleeping tasks must give, by a queue that is sorted anew each time. */
function napsInOrder(naps: readonly (readonly Duration[])[]): string[] {
  const log: string[] = [];
  let order = 0;
  let queue = naps.flatMap(([first], id) =>
    first === undefined ? [] : [{ id, nap: 0, at: first, order: order++ }],
  );
  while (queue.length > 0) {
    const sorted = queue.toSorted((a, b) => a.at - b.at || a.order - b.order);
    const [{ id, nap, at }, ...rest] = sorted as [(typeof queue)[0], ...typeof queue];
    log.push(`${at} task ${id}`);
    const next = naps[id]?.[nap + 1];
    queue = rest;
    if (next !== undefined) queue.push({ id, nap: nap + 1, at: at + next, order: order++ });
  }
  return log;
}

/** Tasks that sleep, talk and wait, each with `extra` awaits wherever a helper might have some. */
function conversation(bench: Bench, extra: () => number): Promise<void> {
  const { tasks } = bench;
  const boxes = [new Mailbox(tasks), new Mailbox(tasks), new Mailbox(tasks)] as const;
  for (const [id, box] of boxes.entries()) {
    tasks.start(`task ${id}`, async () => {
      const next = boxes[(id + 1) % 3] ?? box;
      await ticks(extra());
      for (let round = 0; round < 5; round++) {
        next.put(`${id}.${round}`);
        await ticks(extra());
        bench.note(`${id} put, takes ${await box.take()}`);
        await ticks(extra());
        await bench.later('packet', bench.loop.now + (round % 2), undefined);
        await ticks(extra());
        bench.note(`${id} got a packet`);
      }
    });
  }
  return tasks.run();
}

describe('determinism', () => {
  test('law: the number of awaits in helpers changes nothing', async () => {
    const plain = new Bench();
    await conversation(plain, () => 0);
    expect(plain.log).toHaveLength(30);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 30 })), async (counts) => {
        const padded = new Bench();
        await conversation(padded, () => counts.next().value);
        expect(padded.log).toEqual(plain.log);
      }),
      { numRuns: 50 },
    );
  });

  test('law: simulations interleaved in one process do what they do alone', async () => {
    const counts = [0, 3, 1, 20];
    const alone = counts.map(() => new Bench());
    for (const [i, bench] of alone.entries()) await conversation(bench, () => counts[i] ?? 0);
    const together = counts.map(() => new Bench());
    await Promise.all(together.map((bench, i) => conversation(bench, () => counts[i] ?? 0)));
    expect(together.map(({ log }) => log)).toEqual(alone.map(({ log }) => log));
  });

  test('time does not pass before whoever starts the run has come to rest', async () => {
    const { loop, tasks, log, note } = new Bench();
    loop.schedule({ due: () => note('event') }, 1);
    void ticks(100).then(() => note('at rest'));
    await tasks.run();
    expect(log).toEqual(['0 at rest', '1 event']);
  });

  test('two tasks woken by one event run one after the other, not by turns', async () => {
    const { loop, tasks, log, note } = new Bench();
    const wakers: ((value: string) => void)[] = [];
    for (const name of ['first', 'second']) {
      tasks.start(name, async () => {
        const value = await tasks.wait<string>('it', (resolve) => void wakers.push(resolve));
        for (let i = 0; i < 3; i++) {
          note(`${name} ${value} ${i}`);
          await ticks(name === 'first' ? 10 : 0);
        }
      });
    }
    const event = (): void => {
      for (const waker of wakers) tasks.wake(waker, 'goes');
      note('event over');
    };
    loop.schedule({ due: event }, 7);
    loop.schedule({ due: () => note('next event') }, 7);
    await tasks.run();
    expect(log).toEqual([
      '7 event over',
      ...[0, 1, 2].map((i) => `7 first goes ${i}`),
      ...[0, 1, 2].map((i) => `7 second goes ${i}`),
      '7 next event',
    ]);
  });

  test('a task may await another, and plain promises between them', async () => {
    const { tasks, log, note } = new Bench();
    const worker = tasks.start('worker', async () => {
      await tasks.sleep(ms(1));
      return 42;
    });
    tasks.start('boss', async () => {
      const inner = tasks.start('inner', () => 'at once');
      note(`${await inner.result} ${await worker.result}`);
    });
    await tasks.run();
    expect(log).toEqual(['1000000 at once 42']);
    expect([worker.name, worker.daemon, await worker.result]).toEqual(['worker', false, 42]);
  });

  test('promises made without wait() can be woken too', async () => {
    const { loop, tasks, log, note } = new Bench();
    tasks.start('a', async () => {
      const value = await new Promise<string>((resolve) => {
        loop.schedule({ due: () => tasks.wake(resolve, 'hi') }, 3);
      });
      note(value);
    });
    await tasks.run();
    expect(log).toEqual(['3 hi']);
  });

  test('a wait may end in an error, which the task may catch', async () => {
    const { loop, tasks, log, note } = new Bench();
    tasks.start('a', async () => {
      const refused = new Error('ECONNREFUSED');
      try {
        await tasks.wait('connect', (_, reject) => {
          loop.schedule({ due: () => tasks.wake(reject, refused) }, 3);
        });
      } catch (error) {
        note(String(error));
      }
    });
    await tasks.run();
    expect(log).toEqual(['3 Error: ECONNREFUSED']);
  });
});

describe('a run that cannot go on', () => {
  test('names the tasks that wait, and what for', async () => {
    const bench = new Bench();
    const { tasks } = bench;
    const box = new Mailbox(tasks);
    tasks.start('server', () => tasks.wait('accept', () => undefined));
    tasks.start('client', async () => {
      await tasks.sleep(ms(250));
      await Promise.race([box.take(), tasks.wait('read', () => undefined)]);
    });
    tasks.start('done', () => tasks.sleep(1));
    tasks.start('elsewhere', () => new Promise<void>(() => undefined));
    tasks.start('helper', () => tasks.wait('accept', () => undefined), { daemon: true });
    const error = await failure(tasks);
    expect(error).toBeInstanceOf(DeadlockError);
    expect(error.message).toBe(
      'nothing is left to happen at 0.25 s, and tasks wait: server: waiting in accept since 0 s; ' +
        'client: waiting in take since 0.25 s and read since 0.25 s; ' +
        'elsewhere: waiting in something outside the simulation',
    );
  });

  test('puts waits down to the right task, however they were woken', async () => {
    const bench = new Bench();
    const { tasks } = bench;
    const box = new Mailbox(tasks);
    tasks.start('reader', async () => {
      await box.take();
      await ticks(5);
      await tasks.wait('second thing', () => undefined);
    });
    tasks.start('writer', async () => {
      await tasks.sleep(1);
      box.put('letter');
      await ticks(9);
      await tasks.wait('reply', () => undefined);
    });
    expect((await failure(tasks)).message).toContain(
      'reader: waiting in second thing since 1e-9 s; writer: waiting in reply since 1e-9 s',
    );
  });

  test('fails with the name of the task that threw, at once', async () => {
    const { loop, tasks, log, note } = new Bench();
    const thrown = new TypeError('no such thing');
    const task = tasks.start('client', async () => {
      await tasks.sleep(ms(1));
      throw thrown;
    });
    tasks.start('other', async () => {
      await tasks.sleep(ms(2));
      note('never');
    });
    const error = await failure(tasks);
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toMatchObject({
      message: 'task "client" failed: no such thing',
      cause: thrown,
      task: 'client',
    });
    await expect(task.result).rejects.toBe(thrown);
    expect(loop.now).toBe(ms(1));
    expect(log).toEqual([]);
  });

  test('fails for a daemon and for a task that throws before it awaits, and for what is no Error', async () => {
    const { tasks } = new Bench();
    const thrown: unknown = 'words';
    tasks.start(
      'daemon',
      () => {
        throw thrown;
      },
      { daemon: true },
    );
    tasks.start('main', () => tasks.sleep(1));
    expect((await failure(tasks)).message).toBe('task "daemon" failed: words');
  });

  test('fails with what an event throws, and with the loop’s limits', async () => {
    const bench = new Bench();
    const broken = new Error('assertion failed: something');
    const due = (): void => {
      throw broken;
    };
    bench.loop.schedule({ due }, 1);
    await expect(bench.tasks.run()).rejects.toBe(broken);

    const endless = new Bench(new Loop({ events: 50 }));
    endless.tasks.start('clock', async () => {
      for (;;) await endless.tasks.sleep(1);
    });
    await expect(endless.tasks.run()).rejects.toBeInstanceOf(LimitError);
  });

  test('a wait is settled by wake() alone, and a simulation runs once at a time', async () => {
    const { tasks } = new Bench();
    tasks.start('a', () => tasks.wait<void>('it', (resolve) => resolve()));
    expect((await failure(tasks)).message).toContain('a wait is settled by wake()');

    const other = new Bench();
    other.tasks.start('a', () => other.tasks.sleep(1));
    const first = other.tasks.run();
    await expect(other.tasks.run()).rejects.toThrow('a simulation is run once at a time');
    await first;
  });
});

describe('the end of a run', () => {
  test('comes when nothing is left to happen', async () => {
    const { loop, tasks, log, note } = new Bench();
    tasks.start('a', () => tasks.sleep(ms(1)));
    loop.schedule({ due: () => note('TIME-WAIT is over') }, seconds(60));
    await tasks.run();
    expect(log).toEqual(['60000000000 TIME-WAIT is over']);
  });

  test('comes after a linger, when there is one', async () => {
    const { loop, tasks, log, note } = new Bench();
    const keepAlive = {
      due: (now: number): void => {
        note('keep-alive');
        loop.schedule(keepAlive, now + ms(1));
      },
    };
    loop.schedule(keepAlive, ms(1));
    tasks.start('a', () => tasks.sleep(ms(1.5)));
    await tasks.run({ linger: ms(1.5) });
    expect(log).toEqual([1, 2, 3].map((n) => `${ms(n)} keep-alive`));
  });

  test('does not wait for daemons: neither for their sleep nor for what they wait for', async () => {
    const { loop, tasks, log, note } = new Bench();
    const box = new Mailbox(tasks);
    tasks.start(
      'server',
      async () => {
        for (;;) note(`served ${await box.take()}`);
      },
      { daemon: true },
    );
    tasks.start(
      'clock',
      async () => {
        for (;;) {
          await tasks.sleep(ms(10));
          note('tick');
        }
      },
      { daemon: true },
    );
    tasks.start('client', async () => {
      await tasks.sleep(ms(25));
      box.put('request');
    });
    await tasks.run();
    expect(log).toEqual([`${ms(10)} tick`, `${ms(20)} tick`, `${ms(25)} served request`]);
    expect(loop.now).toBe(ms(25));
  });

  test('lets daemons help those that are waited for', async () => {
    const { tasks, log, note } = new Bench();
    const box = new Mailbox(tasks);
    tasks.start(
      'server',
      async () => {
        await tasks.sleep(ms(10));
        box.put('answer');
      },
      { daemon: true },
    );
    tasks.start('client', async () => note(await box.take()));
    await tasks.run();
    expect(log).toEqual([`${ms(10)} answer`]);
  });

  test('lingers after the last task that is waited for, whatever daemons do', async () => {
    const { loop, tasks } = new Bench();
    const keepAlive = { due: (now: number): void => loop.schedule(keepAlive, now + ms(1)) };
    loop.schedule(keepAlive, ms(1));
    tasks.start('daemon', () => tasks.sleep(ms(4)), { daemon: true });
    tasks.start('main', () => tasks.sleep(ms(1)));
    await tasks.run({ linger: ms(5) });
    expect(loop.now).toBe(ms(6));
    await tasks.run({ linger: ms(2) }); // from when it was called, without a task
    expect(loop.now).toBe(ms(8));
  });

  test('is no end for good: more tasks may be started and run', async () => {
    const { tasks, log, note } = new Bench();
    await tasks.run();
    tasks.start('a', () => note('a'));
    await tasks.run();
    tasks.start('b', async () => {
      await tasks.sleep(5);
      note('b');
    });
    await tasks.run();
    expect(log).toEqual(['0 a', '5 b']);
  });
});

describe('macrotasks', () => {
  test.each([
    ['setImmediate', { setImmediate }],
    ['MessageChannel', { MessageChannel }],
  ])('by %s come when no microtask is left', async (_, host) => {
    const macrotasks = openMacrotasks(host);
    for (let round = 0; round < 3; round++) {
      const log: string[] = [];
      await new Promise<void>((resolve) => {
        macrotasks.post(() => {
          log.push('macrotask');
          resolve();
        });
        void ticks(1_000).then(() => log.push('microtasks'));
      });
      expect(log).toEqual(['microtasks', 'macrotask']);
    }
    macrotasks.close();
  });

  test('are missed with a clear error', () => {
    expect(() => openMacrotasks({})).toThrow(
      'scenario tasks need setImmediate or MessageChannel, and this JavaScript host has neither',
    );
  });
});
