import { describe, expect, test } from 'vitest';
import { type Configuration, configure, definitionsOf } from '../../src/drill/run/configuration.ts';
import { ScriptError } from '../../src/drill/run/live.ts';
import { script } from './specs.ts';

function configured(text: string): Configuration {
  const configuration = configure(script(`${text}\n0 close(3) = 0`).options, []);
  if (configuration instanceof ScriptError) throw new Error(configuration.message);
  return configuration;
}

describe('options', () => {
  test.each([
    ['', { mode: 'ipv4', localAddress: '192.168.0.1', remoteAddress: '192.0.2.1', mtu: 1500 }],
    ['--local_ip=10.0.0.1', { localAddress: '10.0.0.1' }],
    ['--remote_ip=10.0.0.2', { remoteAddress: '10.0.0.2' }],
    ['--netmask_ip=255.255.255.0', { prefixLength: 24 }],
    ['--ip_version=ipv4', { mode: 'ipv4' }],
    ['--tcp_ts_tick_usecs=1000', { timestampTick: 1000 }],
    ['--tcp_ts_ecr_scaled', { isEchoInterpolated: true }],
    ['--strict_segments', { hasStrictSegments: true }],
    ['--tcp_md5_secret=k1', { md5Secret: Uint8Array.of(0x6b, 0x31) }],
    ['--non_fatal=packet,syscall', { nonFatal: new Set(['packet', 'syscall']) }],
    ['--bind_port=1 --connect_port=65535', { bindPort: 1, connectPort: 65_535 }],
    ['--send_omit_free', {}],
  ])('%s', (text, expected) => {
    expect(configured(text)).toMatchObject(expected);
  });

  test.each([
    [{ name: 'ip_version', value: 'ipv5' }, /expected ipv4, ipv4-mapped-ipv6, ipv6/],
    [{ name: 'ip_version', value: 'ipv5' }, /expected ipv4/],
    [{ name: 'local_ip', value: 'fd::1' }, /expected an IPv4 address/],
    [{ name: 'local_ip', value: '1.2.3' }, /expected an IPv4 address/],
    [{ name: 'netmask_ip', value: '255.0.255.0' }, /ones of a netmask come first/],
    [{ name: 'mtu', value: '0x10' }, /expected a whole number, 68 to 65535/],
    [{ name: 'mtu', value: undefined }, /needs a value/],
    [{ name: 'strict_segments', value: '1' }, /takes no value/],
    [{ name: 'tolerance_percent', value: '101' }, /0 to 100/],
    [{ name: 'tcp_md5_secret', value: '' }, /up to 80 characters of ASCII/],
    [{ name: 'tcp_md5_secret', value: 'é' }, /up to 80 characters of ASCII/],
    [{ name: 'so_filename', value: 'x.so' }, /not supported/],
    [{ name: 'wire_client', value: undefined }, /not supported/],
    [{ name: 'nonsense', value: undefined }, /no option is called --nonsense/],
  ])('%j is refused', (option, reason) => {
    const configuration = configure([], [option]);
    expect(configuration).toBeInstanceOf(ScriptError);
    expect((configuration as ScriptError).message).toMatch(reason);
  });

  test("the command line's win", () => {
    const { options } = script('--mtu=1000\n--mss=100\n0 close(3) = 0');
    expect(configure(options, [{ name: 'mtu', value: '2000' }])).toMatchObject({
      mtu: 2000,
      mss: 100,
    });
  });
});

test('definitions follow the mode', () => {
  expect(definitionsOf('ipv4').get('CMSG_LEVEL_IP')).toBe('SOL_IP');
  expect(definitionsOf('ipv4-mapped-ipv6').get('CMSG_LEVEL_IP')).toBe('SOL_IPV6');
});
