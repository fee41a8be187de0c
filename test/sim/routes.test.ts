/** Routers in scenarios: subnets give addresses, and routes follow from the links. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Network, SimulatedHost } from '../../src/sim/index.ts';
import { Administrator, type Duration, ms, seconds } from '../../src/stack/index.ts';
import { parseIpv4 } from '../../src/wire/index.ts';
import { listening, play } from './lab.ts';

function routesOf({ stack }: SimulatedHost): string[] {
  const shown = new Administrator(stack).run(['ip', 'route'], '', 0)?.output ?? '';
  return shown.trim().split('\n').filter((line) => !line.includes('kernel')); // prettier-ignore
}

function addressesOf({ stack }: SimulatedHost): string[] {
  const shown = new Administrator(stack).run(['ip', 'addr'], '', 0)?.output ?? '';
  return [...shown.matchAll(/inet (\S+) brd \S+ scope global (\S+)/g)].map(
    ([, at, name]) => `${name} ${at}`,
  );
}

/** Two hosts at a switch, two routers, a host behind them. */
function build(network: Network): Record<'a' | 'b' | 'left' | 'right' | 'far', SimulatedHost> {
  const home = network.switch('192.168.1.0/24');
  const [a, b, far] = [network.host('a'), network.host('b'), network.host('far')];
  const [left, right] = [network.router('left'), network.router('right')];
  for (const each of [left, a, b]) network.link(each, home);
  network.link(left, right, { subnet: '198.51.100.0/30' });
  network.link(right, far, { subnet: '203.0.113.0/24', mtu: 1400 });
  return { a, b, left, right, far };
}

describe('routes change at an instant', () => {
  /** Two ways from near to far, of 10 ms and of 2 × 30 ms. */
  async function delays(change: (near: SimulatedHost) => void): Promise<Duration[]> {
    const seen: Duration[] = [];
    await play(({ network }) => {
      const [a, b] = [network.host('a'), network.host('b')];
      const [near, far, other] = [
        network.router('near'),
        network.router('far'),
        network.router('other'),
      ];
      network.link(near, a, { subnet: '192.168.1.0/24' });
      network.link(near, far, { subnet: '198.51.100.0/30', latency: ms(10) });
      network.link(near, other, { subnet: '198.51.100.4/30', latency: ms(30) });
      network.link(other, far, { subnet: '198.51.100.8/30', latency: ms(30) });
      network.link(far, b, { subnet: '203.0.113.0/24' });
      change(near);
      b.run(
        'server',
        async (process) => {
          const socket = process.socket('datagram');
          socket.bind(7);
          for (;;) {
            const { text } = await socket.recv();
            seen.push(process.now - Number(text));
          }
        },
        { daemon: true },
      );
      a.run('client', async (process) => {
        const socket = process.socket('datagram');
        for (let i = 0; i < 6; i++) {
          socket.send(String(process.now), { address: b.address, port: 7 });
          await process.sleep(seconds(1));
        }
      });
    });
    return seen;
  }

  test('what is sent later goes another way; what is deleted leads nowhere', async () => {
    const seen = await delays((near) => {
      near.changeRoutes(ms(1500), 'replace 203.0.113.0/24 via 198.51.100.6');
      near.changeRoutes(ms(2500), 'del 203.0.113.0/24');
      near.changeRoutes(ms(3500), 'add 203.0.113.0/24 via 198.51.100.2');
    });
    const [, before, detour, ...after] = seen; // the first by a way has ARP before it
    expect([before, ...after]).toEqual([10, 10, 10].map(ms));
    expect(detour).toBeGreaterThan(ms(60));
  });

  test('an instant that is none is refused when it is named', async () => {
    const run = delays((near) => near.changeRoutes(-1, 'del 203.0.113.0/24'));
    await expect(run).rejects.toThrow(
      'an instant is a whole number of nanoseconds, 0 or later, not -1',
    );
  });

  test('words that ip route refuses end the run', async () => {
    const run = delays((near) =>
      near.changeRoutes(seconds(1), 'replace 203.0.113.0/24 via 10.9.9.9'),
    );
    await expect(run).rejects.toThrow(
      'near: ip route replace 203.0.113.0/24 via 10.9.9.9: Error: Nexthop',
    );
  });
});

test('who makes its address of an advertisement learns the way from it, too', async () => {
  await play(({ network }) => {
    const router = network.router('router', { address: '2001:db8:1::1/64' });
    const host = network.host('host', { address: [], ipv6: 'comes-up' });
    network.link(host, router);
    router.interface('eth0').advertise();
    const show = (): string[] =>
      host.command('ip -6 route').match(/^(2001|default).*?eth0/gm) ?? [];
    host.run('somebody', async (process) => {
      expect(show()).toEqual([]);
      await process.sleep(seconds(4));
      expect(show().toSorted()).toEqual([
        '2001:db8:1::/64 dev eth0',
        'default via fe80::ff:fe00:1 dev eth0',
      ]);
    });
  });
});

test('what a router lends is shown with the time that is left, as iproute2 does', async () => {
  await play(({ network }) => {
    const router = network.router('router', { address: '2001:db8:1::1/64' });
    const host = network.host('host', { address: [], ipv6: 'comes-up' });
    network.link(host, router);
    router.interface('eth0').advertise();
    host.run('somebody', async (process) => {
      await process.sleep(seconds(4));
      const text = host.command('ip -6 addr show dev eth0');
      expect(text).toContain('/64 scope global dynamic mngtmpaddr \n');
      expect(text).toMatch(/valid_lft 8639\dsec preferred_lft 1439\dsec\n[^]*valid_lft forever/);
      expect(host.command('ip -6 route').split('\n')).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /^2001:db8:1::\/64 dev eth0 proto kernel metric 256 expires 8639\dsec pref medium$/,
          ),
          expect.stringMatching(
            /^default via \S+ dev eth0 proto ra metric 1024 expires 179\dsec hoplimit 64 pref medium$/,
          ),
        ]),
      );
    });
  });
});

test('a host runs the commands of its administrator', async () => {
  await play(({ network }) => {
    const { left } = build(network);
    expect(left.command('ip route add 10.0.0.0/8 via 198.51.100.2')).toBe('');
    expect(left.command('ip route')).toContain('10.0.0.0/8 via 198.51.100.2 dev eth1\n');
    expect(() => left.command('ip route add default via 10.0.0.1')).toThrow(
      'left: ip route add default via 10.0.0.1: Error: Nexthop has invalid gateway.',
    );
    expect(() => left.command('reboot')).toThrow('left: reboot: command not found');
  });
});

test('addresses are given in the order of joining, routes by the fewest routers', async () => {
  await play(({ network }) => {
    const { a, b, left, right, far } = build(network);
    network.deriveRoutes();
    expect(addressesOf(left)).toEqual(['eth0 192.168.1.1/24', 'eth1 198.51.100.1/30']);
    expect(addressesOf(right)).toEqual(['eth0 198.51.100.2/30', 'eth1 203.0.113.1/24']);
    expect([a.address, b.address, far.address]).toEqual([
      '192.168.1.2',
      '192.168.1.3',
      '203.0.113.2',
    ]);
    expect(far.interface('eth0').stack.mtu).toBe(1400);
    expect(routesOf(a)).toEqual(['default via 192.168.1.1 dev eth0']);
    expect(routesOf(far)).toEqual(['default via 203.0.113.1 dev eth0']);
    expect(routesOf(left)).toEqual(['203.0.113.0/24 via 198.51.100.2 dev eth1']);
    expect(routesOf(right)).toEqual(['192.168.1.0/24 via 198.51.100.1 dev eth0']);
  });
});

test('a subnet of both families gives an address of each, and one of IPv6 alone one', async () => {
  await play(({ network }) => {
    const both = network.switch(['192.168.1.0/24', '2001:db8:1::/64']);
    const [a, router, far] = [network.host('a'), network.router('router'), network.host('far')];
    for (const each of [router, a]) network.link(each, both);
    network.link(router, far, { subnet: '2001:db8:2::/127' });
    network.deriveRoutes();
    const global = (host: SimulatedHost): string[] =>
      (new Administrator(host.stack).run(['ip', 'addr'], '', 0)?.output ?? '')
        .split('\n')
        .filter((line) => line.includes('scope global'))
        .map((line) => line.trim().split(' ')[1]!);
    expect(global(a)).toEqual(['192.168.1.2/24', '2001:db8:1::2/64']);
    expect([global(router), global(far)]).toEqual([
      ['192.168.1.1/24', '2001:db8:1::1/64', '2001:db8:2::/127'],
      ['2001:db8:2::1/127'],
    ]);
    expect(far.address).toBe('2001:db8:2::1');
    expect(a.stack.ipv6.routes.lookUp(0x2001_0db8_0002_0000_0000_0000_0000_0001n)).toBeDefined();
  });
});

test('a run has the routes, and its packets pass two routers', async () => {
  const { frames } = await play(({ network }) => {
    const { a, far } = build(network);
    network.capture(a);
    far.run('server', async (process) => {
      expect(await (await listening(process).accept()).recvText()).toBe('hello');
    });
    a.run('client', async (process) => {
      const socket = process.socket('stream');
      await socket.connect({ address: far.address, port: 80 });
      await socket.send('hello');
      await socket.close();
    });
  });
  const ttls = frames.flatMap(({ frame: { ipv4 } }) => (ipv4 ? [ipv4.ttl] : []));
  expect(new Set(ttls)).toEqual(new Set([64, 62]));
});

test('what a host was given stays', async () => {
  await play(({ network }) => {
    const { a, left } = build(network);
    a.stack.addDefaultRoute(parseIpv4('192.168.1.77'));
    const run = (words: string): unknown =>
      new Administrator(left.stack).run(words.split(' '), '', 0);
    run('ip route add blackhole 203.0.113.0/24');
    network.deriveRoutes();
    network.deriveRoutes();
    expect(routesOf(a)).toEqual(['default via 192.168.1.77 dev eth0']);
    expect(routesOf(left)).toEqual(['blackhole 203.0.113.0/24']);
  });
});

test('a host of two links has a route of its own to what is behind the second', async () => {
  await play(({ network }) => {
    const { a, left } = build(network);
    const other = network.router('other');
    network.link(other, a, { subnet: '10.7.0.0/24' });
    network.link(other, network.host('beyond'), { subnet: '10.8.0.0/24' });
    network.deriveRoutes();
    expect(routesOf(a)).toEqual([
      '10.8.0.0/24 via 10.7.0.1 dev eth1',
      'default via 192.168.1.1 dev eth0',
    ]);
    expect(routesOf(left)).not.toContain('10.8.0.0/24'); // a does not forward
  });
});

describe('law: on any connected network of routers', () => {
  test('every host reaches every other, by as few routers as there must be', async () => {
    let hops = 0;
    const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), edges, async (count, extra) => {
        await play(({ network }) => {
          const routers = Array.from({ length: count }, (_, i) => network.router(`r${i}`));
          const hosts = routers.map((_, i) => network.host(`h${i}`));
          let subnets = 0;
          const join = (x: SimulatedHost, y: SimulatedHost): unknown =>
            network.link(x, y, { subnet: `10.${subnets++}.0.0/24` });
          const near = routers.map(() => new Set<number>());
          const connect = (x: number, y: number): void => {
            if (x === y) return;
            near[x]?.add(y);
            near[y]?.add(x);
            join(routers[x]!, routers[y]!);
          };
          for (let i = 1; i < count; i++) connect(i, (i * 7) % i);
          for (const [x, y] of extra) connect(x % count, y % count);
          hosts.forEach((host, i) => join(routers[i]!, host));
          network.deriveRoutes();
          const owner = new Map<unknown, SimulatedHost>();
          for (const each of [...routers, ...hosts]) {
            for (const { stack } of each.interfaces.slice(1)) {
              for (const { address } of stack.addresses) owner.set(address, each);
            }
          }
          for (const [i, from] of hosts.entries()) {
            for (const [j, to] of hosts.entries()) {
              let at = from;
              let steps = 0;
              const destination = parseIpv4(to.address);
              while (at !== to && steps < 20) {
                const route = at.stack.ip.routes.lookUp(destination);
                at = owner.get(route?.nextHop) ?? at;
                steps += 1;
              }
              const expected = i === j ? 0 : distance(near, i, j) + 2;
              expect(steps).toBe(expected);
              if (steps > 3) hops += 1;
            }
          }
        });
      }),
      { numRuns: 40 },
    );
    expect(hops).toBeGreaterThan(100);
  });
});

/** In how many steps one router reaches another. */
function distance(near: readonly ReadonlySet<number>[], from: number, to: number): number {
  let [reached, steps] = [new Set([from]), 0];
  for (; !reached.has(to); steps++) {
    reached = new Set([...reached].flatMap((each) => [each, ...near[each]!]));
  }
  return steps;
}

describe('a network that cannot be', () => {
  test.each([
    ['a host without an interface, and no subnet', (n: Network) => n.link(n.host('x'), n.switch())],
    ['a third on a link of two', (n: Network) => {
        const lan = n.switch('10.0.0.0/30');
        for (const name of 'xyz') n.link(n.host(name), lan);
      }], // prettier-ignore
    ['a third on a link of two of IPv6', (n: Network) => {
        const lan = n.switch('2001:db8::/127');
        for (const name of 'xyz') n.link(n.host(name), lan);
      }], // prettier-ignore
    ['a subnet that is none', (n: Network) => n.switch('10.0.0.0')],
    ['a subnet beside the switch’s', (n: Network) =>
        n.link(n.host('x'), n.switch('10.0.0.0/24'), { subnet: '10.1.0.0/24' })], // prettier-ignore
  ])('%s', async (_name, wrong) => {
    await play(({ network }) => {
      expect(() => wrong(network)).toThrow(RangeError);
    });
  });

  test('two switches that are joined are one subnet', async () => {
    await play(({ network }) => {
      const [one, two] = [network.switch('10.0.0.0/24'), network.switch()];
      const [x, y, r] = [network.host('x'), network.host('y'), network.router('r')];
      network.link(x, one);
      network.link(one, two);
      network.link(y, two);
      network.link(r, two);
      network.deriveRoutes();
      expect([y.address, routesOf(x)]).toEqual(['10.0.0.2', ['default via 10.0.0.3 dev eth0']]);
    });
  });
});
