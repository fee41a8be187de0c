/** Echo and discard. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DISCARD_PORT, ECHO_PORT, serveDiscard, serveEcho } from '../../src/services/index.ts';
import type { Process } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';
import { errno, play } from '../sim/lab.ts';

const ADDRESS = '10.0.0.2';

/** Runs a client beside both services. */
async function beside(client: (process: Process) => Promise<void>): Promise<void> {
  await play(({ network }) => {
    const [a, b] = network.pair({ latency: 1000 });
    b.run('echo', (process) => serveEcho(process), { daemon: true });
    b.run('discard', (process) => serveDiscard(process), { daemon: true });
    a.run('client', async (process) => {
      await process.sleep(1);
      await client(process);
    });
  });
}

test('law: what is sent comes back, by datagrams and by a stream', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 1400, size: 'max' }), async (octets) => {
      await beside(async (process) => {
        const datagrams = process.socket('datagram');
        datagrams.send(octets, { address: ADDRESS, port: ECHO_PORT });
        expect((await datagrams.recv()).payload).toEqual(octets);
        const stream = process.socket('stream');
        await stream.connect({ address: ADDRESS, port: ECHO_PORT });
        await stream.send(octets);
        stream.shutdown('write');
        expect(await stream.recvAll()).toEqual(octets);
      });
    }),
    { numRuns: 20 },
  ));

test('discard says nothing', () =>
  beside(async (process) => {
    const datagrams = process.socket('datagram');
    datagrams.send('x', { address: ADDRESS, port: DISCARD_PORT });
    expect(await errno(() => datagrams.recv(ms(100)))).toBe('EAGAIN');
    const stream = process.socket('stream');
    await stream.connect({ address: ADDRESS, port: DISCARD_PORT });
    await stream.send('x');
    stream.shutdown('write');
    expect(await stream.recvAll()).toHaveLength(0);
  }));

test('an echo has no echo', () =>
  beside(async (process) => {
    const datagrams = process.socket('datagram');
    datagrams.bind(ECHO_PORT);
    datagrams.send('x', { address: ADDRESS, port: ECHO_PORT });
    expect(await errno(() => datagrams.recv(ms(100)))).toBe('EAGAIN');
  }));
