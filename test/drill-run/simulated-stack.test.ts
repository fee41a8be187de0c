import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunOptions } from '../../src/drill/run/runner.ts';
import { runScript } from '../../src/drill/run/runner.ts';
import type { RunResult } from '../../src/drill/run/result.ts';
import { simulatedStack } from '../../src/drill/simulated-stack.ts';
import { ms, seconds } from '../../src/stack/index.ts';
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

  test('commands change the host, and fail the script by their status', () => {
    const off = `\`sysctl -q net.ipv4.tcp_timestamps=0\`${SERVER.replaceAll(/,nop,nop,TS[^>]*/g, '')}`;
    expect(run(off.replaceAll(/ <nop,nop,TS[^>]*>/g, '')).failure).toBeUndefined();
    expect(run('0 `sysctl net.ipv4.tcp_sack | grep -q 0`').failure).toMatchObject({
      kind: 'command failed',
      eventIndex: 0,
    });
    const refused = run('0 `curl http://192.0.2.1/`').failure;
    expect(refused?.kind).toBe('command failed');
    expect(refused?.message).toMatch(/curl/);
    // There is nothing to compare it with.
    expect(refused?.expected).toBeUndefined();
  });

  test('the route to the remote end can be changed', () => {
    const open = SERVER.replaceAll('mss 1460', 'mss 600');
    const change = '`ip route change 192.0.2.1 via 192.168.0.2 dev tun0 advmss 600`';
    expect(run(`${change} ${open}`).failure).toBeUndefined();
  });

  test('a command that sleeps lets time pass', () => {
    expect(run('0 `sleep 3`').duration).toBe(seconds(3));
  });

  test('the cleanup command runs after a failure, too, if an init command began', () => {
    const said = (text: string): string[] =>
      run(text).journal.flatMap((entry) => (entry.kind === 'command' ? [entry.text] : []));
    expect(said('`true` 0 close(9) = 0 `echo end`')).toEqual(['true', 'echo end']);
    expect(said('`false` 0 close(9) = -1 EBADF `echo end`')).toEqual(['false']);
    expect(said('0 close(9) = -1 EBADF `echo end`')).toEqual([]);
  });

  test('code looks at the socket under test, after the last event', () => {
    const code = '+0 %{ assert tcpi_state == TCP_ESTABLISHED }%';
    expect(run(`${SERVER} ${code}`).failure).toBeUndefined();
    const wrong = run(`${SERVER} +0 %{ assert tcpi_state == TCP_CLOSE }% +1 close(4) = 0`);
    expect(wrong.failure).toMatchObject({ kind: 'assertion', eventIndex: 7 });
    expect(wrong.duration).toBe(ms(1100));
  });

  test('a packet that the device merged counts by its segments', () => {
    const open = SERVER.replaceAll(/,?(?:nop,nop,)TS[^>]*/g, '').replaceAll(' <>', '');
    const text = `--mss=900 ${open} +0 < P. 1:1801(1800) ack 1 win 9 %{ assert tcpi_rcv_mss == 900 }%`;
    const script = text.replace(' %{', ' +0 > . 1:1(0) ack 1801 +0 %{');
    expect(run(script).failure).toBeUndefined();
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

  test('the link has no addresses: a peer in the own network answers, too, and nobody asks', () => {
    const { failure, capture } = run(`--remote_ip=192.168.7.7 ${SERVER}${DATA}`, {
      keepsCapture: true,
    });
    expect(failure).toBeUndefined();
    for (const { packet } of capture) expect(packet[0]).toBe(0x45);
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

  test.each([[{ profile: 'plan-9' }, /no profile is called plan-9/]])(
    'a host that cannot be set up: %j',
    (options, reason) => {
      expect(run(SERVER, options).failure?.message).toMatch(reason);
    },
  );

  test('no order of events makes it throw', () => {
    const events = [
      'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3',
      'socket(..., SOCK_STREAM, IPPROTO_TCP) = 4',
      'bind(3, ..., ...) = 0',
      'listen(3, 1) = 0',
      'connect(3, ..., ...) = 0',
      '`sysctl -q net.ipv4.tcp_sack=0`',
      'accept(3, ..., ...) = 4',
      '< S 0:0(0) win 65535 <mss 1000>',
      '> S. 0:0(0) ack 1 <...>',
      '> S 0:0(0) <...>',
      '< S. 0:0(0) ack 1 win 65535 <mss 1000>',
      '< . 1:1(0) ack 1 win 65535',
      '> . 1:1(0) ack 1',
      '< F. 1:1001(1000) ack 1 win 65535',
      '> . 1:1(0) ack 1002',
      '< R. 1:1(0) ack 1 win 65535',
      '< icmp unreachable host_unreachable [1:1(0)]',
      '< udp (10)',
      'write(4, ..., 5000) = 5000',
      '> P. 1:5001(5000) ack 1',
      'shutdown(4, SHUT_WR) = 0',
      'close(4) = 0',
      '%{ assert tcpi_state == 1 }%',
    ];
    const order = fc.array(fc.constantFrom(...events), {
      minLength: 1,
      maxLength: 12,
      size: 'max',
    });
    const kinds = new Set<string | undefined>();
    fc.assert(
      fc.property(order, fc.constantFrom('', '--non_fatal=packet,syscall '), (chosen, options) => {
        const text = chosen.map((event, i) => `${i === 0 ? '0' : '+.1'} ${event}`).join('\n');
        kinds.add(run(`${options}${text}`).failure?.kind);
      }),
      { numRuns: 300 },
    );
    expect(kinds.size).toBeGreaterThan(3);
  });
});
