/** `ip address` and `ip route` of both families: what they say and what follows, as on Linux 6.18. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SimulatedHost } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { play } from '../sim/lab.ts';

/** Two hosts on a link, of which `administrate` changes the first. */
async function onLink(
  administrate: (
    told: (line: string) => Promise<string>,
    other: SimulatedHost,
    wait: (time: number) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  await play(({ network }) => {
    const [one, other] = [network.host('one'), network.host('other')];
    network.link(one, other, { subnet: '10.0.0.0/24', latency: ms(1) });
    const told = async (line: string): Promise<string> => {
      const { text, status } = await one.login().watch(line);
      return status === 0 ? text : `${text}[${status}]`;
    };
    one.run('administrator', async (process) => {
      await administrate(told, other, (time) => process.sleep(time));
    });
  });
}

/** What stands behind `inet`, `inet6` and in routes, without lifetimes. */
function addressesOf(text: string): string[] {
  return [...text.matchAll(/^ +inet6? (.*?) *$/gm)].map(([, what = '']) => what);
}

test('ip address … scope: how far it is valid, and which source addresses follow', async () => {
  await onLink(async (told) => {
    expect(await told('ip addr add 10.1.0.1/24 scope link dev eth0')).toBe('');
    expect(await told('ip addr add 10.2.0.1/24 scope 7 dev eth0')).toBe('');
    expect(await told('ip addr add 10.3.0.1/24 scope host dev eth0')).toBe('');
    const other = await told('ip addr add 10.1.0.2/24 dev eth0');
    expect(other).toBe('Error: ipv4: Invalid scope value.\n[2]');
    const wrong = await told('ip addr add 10.9.0.1/24 dev eth0 scope foo');
    expect(wrong).toBe('Error: argument "foo" is wrong: invalid scope value.\n[255]');
    await told('ip addr add 10.8.0.1/24 dev lo');
    expect(addressesOf(await told('ip -4 addr show'))).toEqual([
      '127.0.0.1/8 scope host lo',
      '10.8.0.1/24 scope global lo',
      '10.3.0.1/24 scope host eth0',
      '10.1.0.1/24 scope link eth0',
      '10.2.0.1/24 scope 7 eth0',
      '10.0.0.1/24 brd 10.0.0.255 scope global eth0',
    ]);
    await told('ip route add 20.0.0.0/8 via 10.1.0.9; ip route add 30.0.0.0/8 dev eth0');
    expect(await told('ip route get 20.0.0.1')).toContain(' src 10.0.0.1 ');
    expect(await told('ip route get 30.0.0.1')).toContain(' src 10.1.0.1 ');
    await told('ip addr del 10.0.0.1/24 dev eth0; ip route add 40.0.0.0/8 via 10.1.0.9');
    expect(await told('ip route get 40.0.0.1')).toContain(' src 10.8.0.1 ');
  });
});

describe('ip -6 address', () => {
  test('IPv6 comes up with its first address, which is used when nobody else has it', async () => {
    await onLink(async (told, other, wait) => {
      expect(await told('ip -6 addr add fd00::1/64 dev eth0')).toBe('');
      await told('ip addr add fd00::3/64 dev eth0 nodad');
      expect(addressesOf(await told('ip -6 addr show dev eth0'))).toEqual([
        'fd00::3/64 scope global nodad',
        'fd00::1/64 scope global tentative',
        expect.stringMatching(/^fe80::.* scope link tentative$/),
      ]);
      await wait(seconds(3));
      expect(addressesOf(await told('ip -6 addr show dev eth0'))[1]).toBe(
        'fd00::1/64 scope global',
      );
      await other.sh('ip addr add fd00::2/64 dev eth0; sleep 3');
      expect(await told('ping -c 1 -q fd00::2 | grep -c " 0% packet loss"')).toBe('1\n');
      await other.sh('ip addr add fd00::1/64 dev eth0; sleep 3');
      expect(await other.sh('ip -6 addr show')).toContain(
        'fd00::1/64 scope global dadfailed tentative',
      );
    });
  });

  test('the route to its network goes with the last address', async () => {
    await onLink(async (told) => {
      await told('ip addr add fd00::1/64 dev eth0 nodad; ip addr add fd00::2/64 dev eth0 nodad');
      const route = 'fd00::/64 dev eth0 proto kernel metric 256 pref medium\n';
      expect(await told('ip -6 route show')).toContain(route);
      await told('ip addr del fd00::1/64 dev eth0');
      expect(await told('ip -6 route show')).toContain(route);
      await told('ip addr del fd00::2/64 dev eth0');
      expect(await told('ip -6 route show')).not.toContain('fd00::');
      await told('ip -6 route add fd05::/64 dev eth0');
      expect(await told('ip -6 route show fd05::/64')).toBe(
        'fd05::/64 dev eth0 metric 1024 pref medium\n',
      );
      expect(await told('ip -6 addr flush dev eth0; ip -6 addr show dev eth0')).toBe('');
    });
  });

  test('an interface that is down has it when it comes up', async () => {
    await onLink(async (told, _, wait) => {
      await told('ip link set eth0 down; ip addr add fd00::1/64 dev eth0');
      expect(addressesOf(await told('ip -6 addr'))).toContain('fd00::1/64 scope global tentative');
      await told('ip link set eth0 up');
      await wait(seconds(3));
      expect(addressesOf(await told('ip -6 addr'))).toContain('fd00::1/64 scope global');
    });
  });
});

test('an address of IPv4 takes those with it that came after it in its network', async () => {
  await onLink(async (told) => {
    await told('ip addr add 10.0.0.9/24 dev eth0; ip addr add 10.1.0.1/16 brd + dev eth0');
    expect(addressesOf(await told('ip -4 addr show dev eth0'))).toEqual([
      '10.0.0.1/24 brd 10.0.0.255 scope global eth0',
      '10.1.0.1/16 brd 10.1.255.255 scope global eth0',
      '10.0.0.9/24 scope global secondary eth0',
    ]);
    expect(await told('ip route show | grep -c 10.0.0.0/24')).toBe('1\n');
    await told('ip addr del 10.0.0.1/24 dev eth0');
    expect(addressesOf(await told('ip -4 addr show dev eth0'))).toEqual([
      '10.1.0.1/16 brd 10.1.255.255 scope global eth0',
    ]);
    expect(await told('ip addr del 10.1.0.1 dev eth0')).toMatch(/^Warning: Executing wildcard/);
    expect(await told('ip route show; ip -4 addr show dev eth0')).toBe('');
  });
});

test('a route takes the place of the first; flush takes all by a device', async () => {
  await onLink(async (told) => {
    for (const [verb, last] of [
      ['add', 2],
      ['append', 3],
      ['replace', 4],
      ['change', 5],
    ] as const) {
      expect(await told(`ip route ${verb} 192.168.0.0/16 via 10.0.0.${last}`)).toBe('');
    }
    await told('ip route add 10.7.0.0/16 dev eth0; ip route add unreachable 10.8.0.0/16');
    expect((await told('ip route show 192.168.0.0/16')).match(/via \S+/g)).toEqual([
      'via 10.0.0.5',
      'via 10.0.0.3',
    ]);
    expect(await told('ip route show 10.7.0.0/16')).toMatch(
      /^10.7.0.0\/16 dev eth0 scope link\s*$/,
    );
    expect(await told('ip route flush 10.7.0.0/16; ip route show 10.7.0.0/16')).toBe('');
    expect((await told('ip route flush dev eth0; ip route show')).trim()).toBe(
      'unreachable 10.8.0.0/16',
    );
  });
});

describe('lifetimes that an administrator gives', () => {
  /** Those of one family but the first, each in a line. */
  const shown = (text: string): string[] =>
    [...text.matchAll(/inet6? (?!10.0.0.1\/|fe80)(.*?) *\\ +(.*)/g)].map(
      ([, address, lifetimes]) => `${address}: ${lifetimes}`,
    );

  test('end: first nothing new begins with the address, then it goes', async () => {
    await onLink(async (told, other, wait) => {
      for (const words of [
        '10.0.0.8/24 dev eth0 label eth0:web',
        '10.0.0.9/24 preferred_lft 0 dev eth0',
        '10.0.0.10/24 dev eth0 valid_lft 3 preferred_lft 1',
        'fd00::9/64 dev eth0 valid_lft 3 preferred_lft 1 nodad',
        'fd00::10/64 dev eth0 preferred_lft 0',
      ]) {
        expect(await told(`ip addr add ${words}`)).toBe('');
      }
      expect(shown(await told('ip -o -4 addr show dev eth0'))).toEqual([
        '10.0.0.8/24 scope global secondary eth0:web: valid_lft forever preferred_lft forever',
        '10.0.0.9/24 scope global secondary deprecated eth0: valid_lft forever preferred_lft forever',
        '10.0.0.10/24 scope global secondary dynamic eth0: valid_lft 3sec preferred_lft 1sec',
      ]);
      await wait(seconds(2) + ms(500));
      expect(shown(await told('ip -o addr show dev eth0')).slice(2)).toEqual([
        '10.0.0.10/24 scope global secondary deprecated dynamic eth0: valid_lft 1sec preferred_lft 0sec',
        'fd00::10/64 scope global deprecated: valid_lft forever preferred_lft 0sec',
        'fd00::9/64 scope global nodad deprecated dynamic: valid_lft 1sec preferred_lft 0sec',
      ]);
      await told('ip addr change fd00::9/64 dev eth0');
      await wait(seconds(1));
      expect(shown(await told('ip -o addr show dev eth0')).slice(2)).toEqual([
        'fd00::10/64 scope global deprecated: valid_lft forever preferred_lft 0sec',
        'fd00::9/64 scope global: valid_lft forever preferred_lft forever',
      ]);
      expect(await other.login().watch('ping -c 1 -W 1 -q 10.0.0.10')).toMatchObject({ status: 1 });
    });
  });

  test('law: the last that was given counts', async () => {
    const lifetimes = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 9 }))
      .map(([valid, preferred]) => [valid, Math.min(valid, preferred)] as const);
    await fc.assert(
      fc.asyncProperty(fc.array(lifetimes, { minLength: 1, maxLength: 4 }), async (all) => {
        await onLink(async (told, _other, wait) => {
          for (const [valid, preferred] of all) {
            await told(
              `ip addr replace fd00::9/64 dev eth0 valid_lft ${valid} preferred_lft ${preferred} nodad`,
            );
            await wait(ms(500));
          }
          const [valid, preferred] = all.at(-1)!;
          for (let gone = 0; gone <= 10; gone++) {
            const isDeprecated = gone >= preferred ? 'deprecated ' : '';
            const left = `valid_lft ${valid - gone}sec preferred_lft ${Math.max(0, preferred - gone)}sec`;
            expect(shown(await told('ip -o -6 addr show dev eth0'))).toEqual(
              gone < valid ? [`fd00::9/64 scope global nodad ${isDeprecated}dynamic: ${left}`] : [],
            );
            await wait(seconds(1));
          }
        });
      }),
      { numRuns: 8 },
    );
  });
});

// In the words of iproute2 6.1 and of Linux 6.18.
// prettier-ignore
test.each([
  ['ip -6 addr add 10.0.0.3/24 dev eth0', 'Error: inet6 prefix is expected rather than "10.0.0.3/24".', 1],
  ['ip -4 addr add fd00::4/64 dev eth0', 'Error: inet prefix is expected rather than "fd00::4/64".', 1],
  ['ip addr add fd00::5/129 dev eth0', 'Error: any valid prefix is expected rather than "fd00::5/129".', 1],
  ['ip -6 addr del fd00::9/64 dev eth0', 'Error: ipv6: address not found.', 2],
  ['ip addr add ff02::7/64 dev eth0', 'Error: ipv6: Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag.', 2],
  ['ip addr add ::/64 dev eth0', 'Error: ipv6: Invalid address.', 2],
  ['ip addr add ::1/128 dev eth0', 'Error: ipv6: Cannot assign loopback address on this device.', 2],
  ['ip addr add fd00::1/64 dev eth0; ip addr add fd00::1/64 dev eth0', 'Error: ipv6: address already assigned.', 2],
  ['ip addr replace 10.0.0.1/24 dev eth0; ip addr add 10.0.0.1/24 dev eth0', 'Error: ipv4: Address already assigned.', 2],
  ['ip addr add dev eth0', 'RTNETLINK answers: Operation not supported', 2],
  ['ip addr add 10.0.0.9/24 dev eth0 valid_lft 0', 'valid_lft is zero', 1],
  ['ip addr add 10.0.0.9/24 dev eth0 valid_lft 10', 'preferred_lft is greater than valid_lft', 1],
  ['ip addr add 10.0.0.9/24 dev eth0 preferred_lft x', 'Error: argument "x" is wrong: preferred_lft value', 255],
  ['ip addr flush', 'Flush requires arguments.', 1],
  ['ip route flush', '"ip route flush" requires arguments.', 1],
  ['ip route add 192.168.0.1/16 via 10.0.0.2', 'Error: Invalid prefix for given prefix length.', 2],
  ['ip route add 10.7.0.0/16 dev eth0 src 10.3.3.3', 'Error: Invalid prefsrc address.', 2],
  ['ip route add 10.7.0.0/16 dev eth0 foo', 'Error: either "to" is duplicate, or "foo" is a garbage.', 255],
  ['ip -6 route add default via fe80::1', 'Error: Egress device not specified.', 2],
])('%s: %s', async (line, complaint, status) => {
  await onLink(async (told) => expect(await told(line)).toBe(`${complaint}\n[${status}]`));
});
