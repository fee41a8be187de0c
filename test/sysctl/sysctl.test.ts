/** Sysctls: what is written is read back, what is out of range is refused, and nobody else notices. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Host,
  linux6,
  type Sysctl,
  SYSCTLS,
  sysctlName,
  Sysctls,
  settingsFrom,
} from '../../src/stack/index.ts';

const sysctls = (): Sysctls => new Sysctls(settingsFrom(linux6));
const named = (name: string): Sysctl => SYSCTLS.find((entry) => entry.name === name)!;

/** The numbers near which a range ends, wherever it does. */
// prettier-ignore
const NUMBERS = [
  -0x8000_0000, -32, -31, -1, 0, 1, 2, 3, 4, 5, 31, 32, 127, 128, 255, 256, 1000, 1001, 1023, 1024,
  2303, 2304, 4608, 65_535, 65_536, 86_400, 120_000, 2_147_483, 0x7fff_ffff, 0xffff_ffff,
];

describe('every sysctl', () => {
  test('has a name of its own', () => {
    const names = SYSCTLS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(names.length).toBeGreaterThan(200);
  });

  test.each(SYSCTLS.filter(({ kind }) => kind !== 'fixed').map(({ name }) => name))(
    '%s: what is written is read back, and what is read can be written',
    (name) => {
      const host = sysctls();
      const initial = host.read(name)!;
      if (initial !== '') expect(host.write(name, initial)).toBe('written');
      expect(host.read(name)).toBe(initial);
      const count = initial.split('\t').length;
      const isNumber = /^-?\d+(?:\t-?\d+)*$/.test(initial);
      let written = 0;
      for (const value of isNumber ? NUMBERS : []) {
        const before = host.read(name);
        const text = Array.from({ length: count }, () => String(value)).join('\t');
        const outcome = host.write(name, text);
        if (outcome === 'written') written += 1;
        else expect(outcome).toBe('invalid');
        expect(host.read(name)).toBe(outcome === 'written' ? text : before);
      }
      if (isNumber) expect(written).toBeGreaterThan(0);
    },
  );

  test('law: any text is written or refused, and a refusal changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SYSCTLS), fc.string(), ({ name }, text) => {
        const host = sysctls();
        const before = host.read(name);
        if (host.write(name, text) === 'written') expect(host.read(name)).toBeDefined();
        else expect(host.read(name)).toBe(before);
      }),
    );
  });
});

describe('numbers', () => {
  test.each([
    ['0x70403', '459779'],
    ['010', '8'],
    [' 5 \n', '5'],
    ['-1', '-1'],
    ['7 8', '7'],
  ])('tcp_fastopen takes %j as %s', (text, read) => {
    const host = sysctls();
    expect(host.write('net.ipv4.tcp_fastopen', text)).toBe('written');
    expect(host.read('net.ipv4.tcp_fastopen')).toBe(read);
  });

  test.each(['', ' ', 'x', '1x', '0x', '08', '1.5', '--1', '+1', '99999999999', '\u0661'])(
    'tcp_fastopen refuses %j',
    (text) => expect(sysctls().write('net.ipv4.tcp_fastopen', text)).toBe('invalid'),
  );

  test('fewer numbers than there are leave the rest', () => {
    const host = sysctls();
    expect(host.write('net.ipv4.tcp_rmem', '5000 6000')).toBe('written');
    expect(host.read('net.ipv4.tcp_rmem')).toBe('5000\t6000\t6291456');
  });

  test.each([
    ['net.ipv4.tcp_syn_retries', 1, 127],
    ['net.ipv4.tcp_syn_linear_timeouts', 0, 127],
    ['net.ipv4.tcp_synack_retries', 0, 255],
    ['net.ipv4.tcp_timestamps', 0, 255],
    ['net.ipv4.tcp_reordering', 1, 300],
    ['net.ipv4.tcp_tw_reuse_delay', 1, 60_000],
    ['net.ipv4.tcp_probe_interval', 0, 17_179_869],
    ['net.ipv4.ip_default_ttl', 1, 255],
    ['net.ipv4.tcp_adv_win_scale', -31, 31],
    ['net.ipv4.tcp_rto_max_ms', 1000, 120_000],
    ['net.ipv4.tcp_early_retrans', 0, 4],
    ['net.ipv4.tcp_pacing_ss_ratio', 0, 1000],
    ['net.ipv4.tcp_min_tso_segs', 1, 255],
    ['net.ipv4.tcp_notsent_lowat', 0, 0xffff_ffff],
    ['net.core.rmem_max', 2304, 0x7fff_ffff],
  ])('%s goes from %d to %d', (name, least, most) => {
    const host = sysctls();
    const write = (value: number): string => host.write(name, String(value));
    expect([least - 1, least, most, most + 1].map(write)).toEqual([
      'invalid',
      'written',
      'written',
      'invalid',
    ]);
  });
});

describe('names', () => {
  test.each(['net.ipv4.tcp_sack', 'net/ipv4/tcp_sack', '/proc/sys/net/ipv4/tcp_sack'])(
    '%s',
    (name) => expect(sysctlName(name)).toBe('net.ipv4.tcp_sack'),
  );

  test('of no sysctl', () => {
    expect(sysctls().read('net.ipv4.foo')).toBeUndefined();
    expect(sysctls().write('net.ipv4.foo', '1')).toBe('unknown');
    expect(sysctls().write('net.ipv4.tcp_available_congestion_control', 'x')).toBe('read-only');
  });
});

test.each([
  ['net.ipv4.tcp_congestion_control', 'reno', 'vegas9'],
  ['net.ipv4.tcp_fastopen_key', 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4', 'a1a1a1a1-b2b2b2b2'],
  ['net.ipv4.ip_local_port_range', '40000\t40001', '40001 40000'],
  ['net.ipv4.ip_local_port_range', '1024\t65535', '1023 65535'],
  ['net.inet.tcp.cc.algorithm', 'newreno', 'new reno'],
])('%s takes %j and refuses %j', (name, good, bad) => {
  const host = sysctls();
  expect(host.write(name, good)).toBe('written');
  expect(host.write(name, bad)).toBe('invalid');
  expect(host.read(name)).toBe(good);
});

test('hosts with the same profile do not notice each other, nor does the profile', () => {
  const world = { random: () => 4, wakeAt: () => undefined, trace: undefined };
  const [a, b] = ['a', 'b'].map((name) => new Host({ name, profile: linux6 }, world));
  const [before, settings] = [linux6, b!.settings].map((each) => JSON.stringify(each));
  for (const entry of SYSCTLS) {
    const value = NUMBERS.map(String).find(
      (text) => a!.sysctl.write(entry.name, text) === 'written',
    );
    if (value === undefined) a!.sysctl.write(entry.name, 'reno');
  }
  expect(JSON.stringify(linux6)).toBe(before);
  expect(JSON.stringify(b!.settings)).toBe(settings);
  for (const { name } of SYSCTLS) expect(b!.sysctl.read(name)).toBe(sysctls().read(name));
});

test('a sysctl with an effect is bound to a field, one without is kept', () => {
  expect(named('net.ipv4.tcp_rmem').kind).toBe('bound');
  expect(named('net.ipv4.tcp_thin_dupack').kind).toBe('kept');
});
