/** `ip link set`: what it says, and what follows for routes, neighbours, addresses and the link. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScenarioContext, SimulatedHost } from '../../src/sim/index.ts';
import { Administrator, ms, seconds } from '../../src/stack/index.ts';
import { play } from '../sim/lab.ts';

const UP = '<BROADCAST,MULTICAST,UP,LOWER_UP>';

/** What an administrator is told, after the exit status. */
function told({ stack }: SimulatedHost, words: string, now: number): string {
  const { status, output } = new Administrator(stack).run(words.split(' '), '', now)!;
  return `${status} ${output}`.trimEnd();
}

/** Two hosts on a link, who know each other, while `administrate` does something to the first. */
async function onLink(
  administrate: (one: SimulatedHost, other: SimulatedHost, now: () => number) => Promise<void>,
  options: { readonly ipv6?: 'comes-up' } = {},
): Promise<Awaited<ReturnType<typeof play>>> {
  return await play(({ network }: ScenarioContext) => {
    const [one, other] = [network.host('one'), network.host('other')];
    const at = [one, other].map((host, i) =>
      network.interface(host, 'eth0', { address: `10.0.0.${i + 1}/24`, ...options }),
    );
    network.link(at[0]!, at[1]!, { latency: ms(1) });
    network.capture(at[1]!);
    other.run('hears', async (process) => {
      const socket = process.socket('datagram');
      socket.bind(9);
      await process.sleep(seconds(60));
    });
    one.run('administrator', async (process) => {
      const socket = process.socket('datagram');
      socket.send('x', { address: '10.0.0.2', port: 9 });
      await process.sleep(seconds(3));
      await administrate(one, other, () => process.now);
    });
  });
}

// As iproute2 6.1 and Linux 6.18 say it.
test.each([
  ['', '255 Not enough information: "dev" argument is required.'],
  ['up', '255 Not enough information: "dev" argument is required.'],
  ['eth0', '0'],
  ['eth0 up up mtu 1400', '0'],
  ['foo up', '1 Cannot find device "foo"'],
  ['eth0 xyz', '255 Error: either "dev" is duplicate, or "xyz" is a garbage.'],
  ['eth0 up dev eth0', '255 Error: either "dev" is duplicate, or "eth0" is a garbage.'],
  ['eth0 mtu abc', '255 Error: argument "abc" is wrong: Invalid "mtu" value'],
  ['eth0 mtu', '255 Command line is not complete. Try option "help"'],
  ['eth0 mtu 67', '2 Error: mtu less than device minimum.'],
  ['eth0 mtu 65536', '2 Error: mtu greater than device maximum.'],
  ['dev eth0 address zz', '1 "zz" is invalid lladdr.'],
  ['dev eth0 address 02:00:00:00:00', '1 Invalid address length 5 - must be 6 bytes'],
  ['dev eth0 address 01:00:00:00:00:01', '2 RTNETLINK answers: Cannot assign requested address'],
  ['eth0 arp maybe', '1 Error: argument of "arp" must be "on" or "off", not "maybe"'],
])('ip link set %s', async (words, answer) => {
  await onLink(async (one, _, now) => {
    expect(told(one, `ip link set ${words}`.trimEnd(), now())).toBe(answer);
  });
});

describe('LINUX', () => {
  test('down: the network is gone, the address is not, and nobody is known', async () => {
    await onLink(async (one, _, now) => {
      const run = (words: string): string => told(one, words, now());
      expect(run('ip neigh')).toContain('10.0.0.2 dev eth0 lladdr');
      run('ip route add default via 10.0.0.2');
      run('ip link set eth0 down');
      expect(run('ip route')).toBe('0');
      expect(run('ip neigh')).toBe('0');
      expect(run('ip addr show eth0')).toMatch(/<BROADCAST,MULTICAST> .* DOWN .*\n.*\n    inet 10/);
      expect(run('ip -br link')).toMatch(/eth0 +DOWN +[\da-f:]{17} <BROADCAST,MULTICAST>/);
      expect(run('ifconfig')).not.toContain('eth0');
      expect(run('ifconfig eth0')).toContain('eth0: flags=4098<BROADCAST,MULTICAST>  mtu 1500\n');
      expect(run('netstat -ia')).toMatch(/eth0.* BM$/m);
      const refusal = '2 Error: Device for nexthop is not up.';
      expect(run('ip route add 10.1.0.0/16 dev eth0')).toBe(refusal);
      run('ip addr add 10.2.0.1/24 dev eth0');
      expect(run('ip route')).toBe('0');
      run('ip link set eth0 up');
      expect(run('ip route')).toMatch(/^0 10\.0\.0\.0\/24 .*\n10\.2\.0\.0\/24 .*$/);
    });
  });

  test('a connection outlives a while in which its interface is down', async () => {
    const heard: string[] = [];
    const run = await play(({ network }) => {
      const [one, other] = [network.host('one'), network.host('other')];
      network.link(one, other, { subnet: '10.0.0.0/24', latency: ms(1) });
      other.run('server', async (process) => {
        const listener = process.socket('stream');
        listener.bind(80);
        listener.listen();
        const connection = await listener.accept();
        heard.push(await connection.recvText(), await connection.recvText());
        await connection.close();
      });
      one.run('client', async (process) => {
        const connection = process.socket('stream');
        await connection.connect({ address: '10.0.0.2', port: 80 });
        await connection.send('before');
        await process.sleep(seconds(1));
        one.command('ip link set eth0 down');
        await connection.send('while');
        await process.sleep(seconds(2));
        expect(one.command('ip neigh')).toBe('');
        const second = process.socket('stream').connect({ address: '10.0.0.2', port: 80 });
        await expect(second).rejects.toThrow(/ENETUNREACH/);
        one.command('ip link set eth0 up');
        await connection.close();
      });
    });
    expect(heard).toEqual(['before', 'while']);
    expect(run.drops.map(({ cause }) => cause)).toContain('tcp-no-way');
  });

  test('without a carrier learned neighbours are forgotten, and routes stay', async () => {
    await onLink(async (one, other, now) => {
      const run = (words: string): string => told(one, words, now());
      run('ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0');
      told(other, 'ip link set eth0 down', now());
      expect(run('ip link show eth0')).toMatch(/<NO-CARRIER,BROADCAST,MULTICAST,UP> .* DOWN /);
      expect(run('ip route')).toBe(
        '0 10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 linkdown',
      );
      expect(run('ip neigh')).toBe('0 10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT');
      expect(run('ifconfig eth0')).toContain('flags=4099<UP,BROADCAST,MULTICAST>');
      expect(run('netstat -i')).toMatch(/eth0.* BMU$/m);
      told(other, 'ip link set eth0 up', now());
      expect(run('ip link show eth0')).toContain(UP);
    });
  });

  test('arp_evict_nocarrier=0: they are not', async () => {
    await onLink(async (one, other, now) => {
      told(one, 'sysctl -w net.ipv4.conf.all.arp_evict_nocarrier=0', now());
      told(other, 'ip link set eth0 down', now());
      expect(told(one, 'ip neigh', now())).toContain('10.0.0.2 dev eth0 lladdr');
    });
  });

  test('arp off: nobody is asked, and frames carry the interface’s own address', async () => {
    const run = await onLink(async (one, _, now) => {
      told(one, 'ip link set eth0 arp off', now());
      expect(told(one, 'ip link show', now())).toContain('<BROADCAST,MULTICAST,NOARP,UP,LOWER_UP>');
      expect(told(one, 'ifconfig', now())).toContain('4291<UP,BROADCAST,RUNNING,NOARP,MULTICAST>');
      expect(told(one, 'netstat -i', now())).toMatch(/eth0.* BMORU$/m);
      one.stack.udpSocket().send(Uint8Array.of(1), 0x0a00_0002, 9, now());
      expect(told(one, 'ip neigh', now())).toBe('0');
    });
    const { ethernet } = run.frames.findLast(({ frame }) => frame.udp !== undefined)!.frame;
    expect(ethernet?.destination).toBe(ethernet?.source);
  });

  test('IPv6 ends with the link, and begins anew by the new hardware address', async () => {
    await onLink(
      async (one, _, now) => {
        const shown = (): string => told(one, 'ip -6 addr show eth0', now());
        told(one, 'ip link set eth0 address 02:00:00:00:99:99', now());
        expect(shown()).toMatch(/inet6 fe80::\S+\/64 scope link \n/);
        expect(shown()).not.toContain('9999');
        told(one, 'ip link set eth0 down', now());
        expect(shown()).toBe('0');
        expect(told(one, 'ip -6 route', now())).toBe('0');
        told(one, 'ip link set eth0 up', now());
        expect(shown()).toContain('inet6 fe80::ff:fe00:9999/64 scope link tentative');
        told(one, 'ip link set eth0 mtu 1000', now());
        expect(shown()).toBe('0');
        told(one, 'ip link set eth0 mtu 1500', now());
        expect(shown()).toContain('inet6 fe80::ff:fe00:9999/64 scope link tentative');
      },
      { ipv6: 'comes-up' },
    );
  });

  test('loopback down carries nothing, and has its addresses when it is up again', async () => {
    await onLink(async (one, _, now) => {
      const before = told(one, 'ip addr show lo', now());
      told(one, 'ip link set lo down', now());
      expect(told(one, 'ip addr show lo', now())).not.toContain('::1');
      told(one, 'ip link set lo up', now());
      expect(told(one, 'ip addr show lo', now())).toBe(before);
    });
  });
});

test('whatever was done to two ends, they find each other when they have been down', async () => {
  const change = fc.record({
    isFirst: fc.boolean(),
    words: fc.constantFrom('up', 'down', 'mtu 1000', 'mtu 1500', 'arp off', 'arp on', 'address'),
    octet: fc.integer({ min: 16, max: 99 }),
    pause: fc.constantFrom(0, ms(1), ms(50), seconds(2)),
  });
  let [downs, arrivals] = [0, 0];
  const law = fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
    const heard: string[] = [];
    await play(({ network }) => {
      const [one, other] = [network.host('one'), network.host('other')];
      const where = { subnet: '10.0.0.0/24', latency: ms(1) };
      network.link(one, other, where);
      other.run(
        'hears',
        async (process) => {
          const socket = process.socket('datagram');
          socket.bind(9);
          for (;;) heard.push((await socket.recv()).text);
        },
        { daemon: true },
      );
      one.run('administrator', async (process) => {
        const socket = process.socket('datagram');
        const say = (text: string): void => socket.send(text, { address: '10.0.0.2', port: 9 });
        for (const { isFirst, words, octet, pause } of changes) {
          if (one.command('ip route') !== '') say('still');
          const host = isFirst ? one : other;
          const value = words === 'address' ? ` 02:00:00:00:00:${octet}` : '';
          host.command(`ip link set eth0 ${words}${value}`);
          if (words === 'down') {
            downs += 1;
            expect(host.command('ip route')).toBe('');
          }
          await process.sleep(pause);
        }
        await process.sleep(seconds(5));
        for (const word of ['down', 'up arp on mtu 1500']) {
          for (const host of [one, other]) host.command(`ip link set eth0 ${word}`);
        }
        say('last');
        await process.sleep(seconds(5));
      });
    });
    expect(heard.at(-1)).toBe('last');
    arrivals += heard.length - 1;
  });
  await fc.assert(law, { numRuns: 60 });
  expect(downs).toBeGreaterThan(10);
  expect(arrivals).toBeGreaterThan(10);
});
