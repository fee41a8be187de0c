import { describe, expect, test } from 'vitest';
import type { RunOptions } from '../../src/drill/run/runner.ts';
import { runScript } from '../../src/drill/run/runner.ts';
import type { RunResult } from '../../src/drill/run/result.ts';
import { simulatedStack } from '../../src/drill/simulated-stack.ts';
import { printHex } from '../../src/wire/index.ts';
import { script } from './specs.ts';

function run(text: string, options: RunOptions = {}): RunResult {
  return runScript(script(text), simulatedStack, options);
}

const SERVER = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
 +0 bind(3, ..., ...) = 0
 +0 listen(3, 1) = 0
 +0 < S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 700 ecr 0>
 +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 700>
+.1 < . 1:1(0) ack 1 win 65535 <nop,nop,TS val 800 ecr 100>
 +0 accept(3, ..., ...) = 4
`;
const DATA = `
 +0 < P. 1:501(500) ack 1 win 65535 <nop,nop,TS val 800 ecr 100>
 +0 > . 1:1(0) ack 501 <nop,nop,TS val 200 ecr 800>
 +0 read(4, ..., 1000) = 500
 +0 write(4, ..., 500) = 500
 +0 > P. 1:501(500) ack 501 <nop,nop,TS val 200 ecr 800>
+.1 < . 501:501(0) ack 501 win 65535 <nop,nop,TS val 900 ecr 200>
 +0 close(4) = 0
 +0 > F. 501:501(0) ack 501 <nop,nop,TS val 300 ecr 900>
`;

describe('the simulated host under scripts', () => {
  test('a connection from SYN to FIN', () => {
    expect(run(SERVER + DATA).failure).toBeUndefined();
  });

  test('a client, whose connect blocks', () => {
    const text = `
      0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
     +0...0.1 connect(3, ..., ...) = 0
     +0 > S 0:0(0) <...>
    +.1 < S. 0:0(0) ack 1 win 65535 <mss 1000>
     +0 > . 1:1(0) ack 1
     +1 write(3, ..., 3) = 3
     +0 > P. 1:4(3) ack 1
  +.2~+.4 > P. 1:4(3) ack 1`;
    expect(run(text).failure).toBeUndefined();
  });

  test('datagrams', () => {
    const text = `
      0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
     +0 connect(3, ..., ...) = 0
     +0 write(3, ..., 100) = 100
     +0 > udp (100)
     +0 < udp (7)
     +0 read(3, ..., 100) = 7`;
    expect(run(text).failure).toBeUndefined();
  });

  test('a failure has what came before it, with causes', () => {
    const { failure, journal } = run(`${SERVER} +0 < R 500:500(0) win 0 +1 > . 1:1(0) ack 1`);
    expect(failure).toMatchObject({ kind: 'unexpected packet' });
    expect(journal.map(({ kind }) => kind)).toContain('state');
    expect(journal.find(({ kind }) => kind === 'sent')).toMatchObject({
      cause: { name: 'syn-ack' },
    });
  });

  test('packets that are dropped are in the journal, without a link header', () => {
    const { journal } = run(
      `${SERVER} +0 < . 900000:900000(0) ack 900000 win 9 <nop,nop,TS val 1 ecr 100>`,
    );
    const dropped = journal.filter((entry) => entry.kind === 'dropped');
    for (const { packet } of dropped) expect(packet[0]).toBe(0x45);
  });

  test('one seed is one run, to the last octet', () => {
    const packets = (seed: number): string[] =>
      run(SERVER + DATA, { seed, keepsCapture: true }).capture.map(
        ({ at, packet }) => `${at} ${printHex(packet)}`,
      );
    expect(packets(1)).toEqual(packets(1));
    expect(packets(1)).not.toEqual(packets(2));
  });

  test.each(['linux-6', 'linux-3', 'linux-2.6', 'windows-7'])('profile %s', (profile) => {
    const open = SERVER.replaceAll(/ <mss 1[^>]*>/g, ' <...>').replaceAll(
      /< S (.*) <...>/g,
      '< S $1 <mss 1000>',
    );
    expect(run(open.replaceAll(/ <nop,nop,TS[^>]*>/g, ''), { profile }).failure).toBeUndefined();
  });

  test.each([
    [{ profile: 'plan-9' }, /no profile is called plan-9/],
    [{ commandLine: [{ name: 'netmask_ip', value: '255.255.255.255' }] }, /no route/],
  ])('a host that cannot be set up: %j', (options, reason) => {
    expect(run(SERVER, options).failure?.message).toMatch(reason);
  });
});
