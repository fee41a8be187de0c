/** The routing table: which of many routes a packet takes, and what a host says where it has none. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Administrator, Host, SocketError } from '../../src/stack/index.ts';
import { PrefixTable } from '../../src/stack/ip/prefix-table.ts';
import { isInPrefix, maskIpv4, parseIpv4, printIp } from '../../src/wire/index.ts';
import { errnoOf } from '../help/peer.ts';

interface Line {
  readonly destination: { readonly address: number; readonly length: number };
  readonly priority: number;
  readonly id: number;
}

/** Few addresses and many lengths, so that networks lie in each other and repeat. */
const address = fc
  .tuple(fc.constantFrom(0, 10, 127, 128, 255), fc.integer({ min: 0, max: 3 }))
  .map(([high, low]) => high * 0x1000000 + low);
const line = fc.record({
  destination: fc
    .tuple(address, fc.integer({ min: 0, max: 32 }))
    .map(([whole, length]) => ({ address: (whole & maskIpv4(length)) >>> 0, length })),
  priority: fc.integer({ min: 0, max: 2 }),
  id: fc.nat(),
});

describe('the longest prefix, then the least metric, then who came first', () => {
  test('is what a search through all lines finds', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 30, size: 'max' }),
        fc.array(fc.nat({ max: 29 }), { maxLength: 10 }),
        fc.array(address, { minLength: 5, maxLength: 20 }),
        (lines, removals, addresses) => {
          const table = new PrefixTable<Line>();
          const left = [...lines];
          for (const each of lines) table.add(each);
          for (const at of removals) {
            const [gone] = left.splice(at, 1);
            if (gone !== undefined) expect(table.remove(gone)).toBe(true);
            if (gone !== undefined) expect(table.remove(gone)).toBe(left.includes(gone));
            if (gone !== undefined && left.includes(gone)) left.splice(left.indexOf(gone), 1);
          }
          const inOrder = left.toSorted(
            (a, b) => b.destination.length - a.destination.length || a.priority - b.priority,
          );
          expect(table.entries).toEqual(inOrder);
          for (const each of addresses) {
            const expected = inOrder.find(({ destination }) => isInPrefix(each, destination));
            expect(table.longestMatch(each)).toBe(expected);
            if (expected !== undefined) found += 1;
          }
        },
      ),
    );
    expect(found).toBeGreaterThan(200);
  });
});

/** A host with one network, and its administrator. */
class Machine {
  readonly host = new Host({ name: 'x' }, { random: () => 1, wakeAt: () => {}, trace: undefined });
  readonly #administrator = new Administrator(this.host);

  constructor() {
    this.host.addInterface('eth0', { mac: 2, address: '10.0.0.1/24' });
  }

  run(words: string): string {
    const outcome = this.#administrator.run(words.split(' '), '', 0);
    return outcome?.output ?? 'no such command';
  }

  next(to: string): string | undefined {
    const route = this.host.ip.routes.lookUp(parseIpv4(to));
    return route && printIp(route.nextHop);
  }
}

describe('ip route', () => {
  test('of two routes to one network the one of least metric is taken, until it goes', () => {
    const machine = new Machine();
    expect(machine.run('ip route add 10.9.0.0/16 via 10.0.0.3 metric 50')).toBe('');
    expect(machine.run('ip route add 10.9.0.0/16 via 10.0.0.2 metric 20')).toBe('');
    expect(machine.next('10.9.1.1')).toBe('10.0.0.2');
    expect(machine.run('ip route show 10.9.0.0/16')).toBe(
      '10.9.0.0/16 via 10.0.0.2 dev eth0 metric 20\n10.9.0.0/16 via 10.0.0.3 dev eth0 metric 50\n',
    );
    machine.run('ip route del 10.9.0.0/16');
    expect(machine.next('10.9.1.1')).toBe('10.0.0.3');
    expect(machine.run('ip route add 10.9.0.0/16 via 10.0.0.4 metric 50')).toContain('File exists');
    expect(machine.run('ip route replace 10.9.0.0/16 via 10.0.0.4 metric 50')).toBe('');
    expect(machine.next('10.9.1.1')).toBe('10.0.0.4');
    expect(machine.run('ip route del 10.9.0.0/16 via 10.0.0.9')).toContain('No such process');
  });

  // prettier-ignore
  test.each([
    { kind: 'blackhole', errno: 'EINVAL', words: 'Invalid argument' },
    { kind: 'unreachable', errno: 'EHOSTUNREACH', words: 'No route to host' },
    { kind: 'prohibit', errno: 'EACCES', words: 'Permission denied' },
  ])('$kind refuses what programs send with $errno (Linux fib_props)', ({ kind, errno, words }) => {
    const machine = new Machine();
    machine.run('ip route add default via 10.0.0.2');
    expect(machine.run(`ip route add ${kind} 10.9.0.0/16`)).toBe('');
    expect(machine.run('ip route show 10.9.0.0/16')).toBe(`${kind} 10.9.0.0/16\n`);
    const to = parseIpv4('10.9.1.1');
    expect(errnoOf(() => machine.host.tcpSocket().connect(to, 80, 0))).toBe(errno);
    expect(errnoOf(() => machine.host.udpSocket().connect(to, 80))).toBe(errno);
    expect(machine.run('ip route get 10.9.1.1')).toBe(`RTNETLINK answers: ${words}\n`);
    machine.run(`ip route del ${kind} 10.9.0.0/16`);
    expect(machine.next('10.9.1.1')).toBe('10.0.0.2');
  });

  // prettier-ignore
  test.each([
    ['10.0.0.7', '10.0.0.7 dev eth0 src 10.0.0.1 uid 0\n    cache\n'],
    ['8.8.8.8', '8.8.8.8 via 10.0.0.2 dev eth0 src 10.0.0.1 uid 0\n    cache\n'],
    ['10.0.0.1', 'local 10.0.0.1 dev lo src 10.0.0.1 uid 0\n    cache <local>\n'],
    ['10.0.0.255', 'broadcast 10.0.0.255 dev eth0 src 10.0.0.1 uid 0\n    cache <local,brd>\n'],
    ['10.0.0', 'Error: any valid prefix is expected rather than "10.0.0".\n'],
  ])('ip route get %s says what the kernel says', (to, output) => {
    const machine = new Machine();
    machine.run('ip route add default via 10.0.0.2');
    expect(machine.run(`ip route get ${to}`)).toBe(output);
  });

  test('ip route get says what is known of the way', () => {
    const machine = new Machine();
    machine.run('ip route add default via 10.0.0.2 hoplimit 9 congctl reno');
    expect(machine.run('ip route get 8.8.8.8')).toBe(
      '8.8.8.8 via 10.0.0.2 dev eth0 src 10.0.0.1 uid 0\n    cache hoplimit 9 congctl reno\n',
    );
  });

  test('what ICMP told of a way is shown until it lapses, and goes with any change of routes', () => {
    const machine = new Machine();
    const { routes } = machine.host.ip;
    const to = parseIpv4('10.0.0.7');
    const way = routes.lookUp(to);
    if (way === undefined) throw new Error('no way');
    routes.learnMtu(to, way, 1400, machine.host.settings.pathMtu, 0);
    expect(machine.run('ip route get 10.0.0.7')).toContain('cache expires 600sec mtu 1400');
    machine.run('ip route add default via 10.0.0.2');
    expect(machine.run('ip route get 10.0.0.7')).toMatch(/cache\n$/);
  });

  test('no route at all', () => {
    const machine = new Machine();
    expect(errnoOf(() => machine.host.tcpSocket().connect(0x08080808, 80, 0))).toBe('ENETUNREACH');
    expect(() => machine.host.tcpSocket().connect(0x08080808, 80, 0)).toThrow(SocketError);
  });
});

test('ip addr show lists interfaces with their addresses', () => {
  expect(new Machine().run('ip addr show eth0')).toBe(
    [
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      '    link/ether 00:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff',
      '    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0',
      '       valid_lft forever preferred_lft forever',
      '',
    ].join('\n'),
  );
});
