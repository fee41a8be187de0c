/** Our stack and the kernel's: what goes over comes over, in both directions, with and without loss. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patternContent } from '../../src/services/index.ts';
import { concat } from '../../src/wire/index.ts';
import { digestOf, Kernel, whyNoKernel } from './kernel.ts';

const OCTETS = 10_000_000;

/** What `bridge/host` sends. */
const CONTENT: Uint8Array = concat(...patternContent(OCTETS).read(0, OCTETS));

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const ALL = { status: 0, octets: OCTETS, sha256: sha256(CONTENT) };

const why = whyNoKernel();
const hasIpv6 = existsSync('/proc/net/if_inet6');
if (why !== undefined) console.warn(`skipped: the bridge beside a kernel (${why})`);

describe.skipIf(why !== undefined).each([
  ['plain', []],
  ['lossy', ['--netem', 'loss 1% delay 1ms']],
])('%s', (name, impairments) => {
  let kernel: Kernel;
  beforeAll(() => {
    kernel = new Kernel(name);
  });
  afterAll(() => kernel.remove());

  test('ping, curl and nc find the host', { timeout: 30_000 }, async () => {
    const bridge = await kernel.bridge(...impairments);
    const ping = kernel.start('ping', '-c', '5', '-i', '0.1', '-W', '1', '192.0.2.2');
    const answered = digestOf(ping);
    const long = ['192.0.2.2', ...(hasIpv6 ? ['2001:db8::2'] : [])].map((address) =>
      digestOf(kernel.start('ping', '-c', '20', '-i', '0.1', '-s', '4000', address)),
    );
    const url = `http://192.0.2.2/${OCTETS}`;
    const curl = kernel.start('curl', '-sS', '--max-time', '25', url);
    expect(await digestOf(curl)).toEqual(ALL);
    expect((await answered).status).toBe(0);
    for (const fragments of long) expect((await fragments).status).toBe(0);

    const echoed = kernel.start('nc', '-N', '-w', '10', '192.0.2.2', '7');
    echoed.stdin?.end(CONTENT.subarray(0, 1_000_000));
    const { octets, sha256: back } = await digestOf(echoed);
    expect([octets, back]).toEqual([1_000_000, sha256(CONTENT.subarray(0, 1_000_000))]);
    if (hasIpv6) {
      const six = kernel.start('curl', '-sS', '--max-time', '10', 'http://[2001:db8::2]/1000000');
      expect((await digestOf(six)).sha256).toBe(sha256(CONTENT.subarray(0, 1_000_000)));
    }
    bridge.kill('SIGINT');
  });

  test('a server of the kernel takes all from the host', { timeout: 30_000 }, async () => {
    const server = kernel.start('nc', '-l', '-N', '192.0.2.1', '5001');
    server.stdin?.end();
    const taken = digestOf(server);
    await kernel.bridge('--set', 'peer=192.0.2.1:5001', ...impairments);
    expect(await taken).toEqual(ALL);
  });
});

describe.skipIf(why !== undefined)('what the kernel may leave out', () => {
  let kernel: Kernel;
  beforeAll(() => {
    kernel = new Kernel('options');
  });
  afterAll(() => kernel.remove());

  test('ECN, and then without time stamps, SACK, window scaling', { timeout: 30_000 }, async () => {
    await kernel.bridge();
    const fetch = ['-sS', '--max-time', '10', 'http://192.0.2.2/1000000'];
    const wanted = sha256(CONTENT.subarray(0, 1_000_000));
    for (const [name, value] of [
      ['ecn', 1],
      ['timestamps', 0],
      ['sack', 0],
      ['window_scaling', 0],
    ] as const) {
      kernel.sysctl(`net.ipv4.tcp_${name}`, value);
      const { sha256: fetched } = await digestOf(kernel.start('curl', ...fetch));
      expect([name, fetched]).toEqual([name, wanted]);
    }
  });

  test('a port that is closed refuses, a connection that is reset ends', async () => {
    const closed = kernel.start('curl', '-sS', '--max-time', '5', 'http://192.0.2.2:81/');
    expect((await digestOf(closed)).status).toBe(7); // curl: failed to connect
    const cut = kernel.start('curl', '-sS', '--max-time', '0.2', `http://192.0.2.2/${10 * OCTETS}`);
    expect((await digestOf(cut)).status).toBe(28); // curl: time is over
    const after = kernel.start('curl', '-sS', '--max-time', '5', 'http://192.0.2.2/1000');
    expect((await digestOf(after)).octets).toBe(1000);
  });
});
