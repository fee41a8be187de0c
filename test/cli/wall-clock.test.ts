/** The clock of bridges: what has come is read before a timer that is due is looked at. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { wallClock } from '../../src/cli/bridge/wall-clock.ts';
import { ms, us } from '../../src/stack/index.ts';

function isBusyFor(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

test.each([
  ['less than a millisecond', us(200)],
  ['a millisecond', ms(1)],
])('input comes before a timer of %s', async (_what, time) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  const order: string[] = [];
  near.on('data', () => order.push('input'));
  await turn();
  const called = new Promise<void>((resolve) => {
    wallClock().after(time, () => {
      order.push('timer');
      resolve();
    });
  });
  far.write('x');
  isBusyFor(20);
  await called;
  expect(order).toEqual(['input', 'timer']);
  far.destroy();
  server.close();
});

test('what was taken back does not come, not between its time and its turn either', async () => {
  const cancel = wallClock().after(ms(1), () => expect.unreachable());
  setTimeout(cancel, 1); // in the same round of timers
  isBusyFor(5);
  await new Promise((resolve) => setTimeout(resolve, 2));
  await turn();
});
