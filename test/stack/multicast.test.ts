/** Datagrams to many: who joins what, by which way they go, and who hears them (RFC 1112). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Host, ms, type OptionValue, seconds, UdpSocketFile } from '../../src/stack/index.ts';
import {
  concat,
  encodeIp,
  fromUtf8,
  parseIp,
  printIp,
  printMac,
  utf8,
} from '../../src/wire/index.ts';
import { multicastMac } from '../../src/wire/index.ts';
import { errnoOf } from '../help/peer.ts';
import { Segment } from '../help/segment.ts';

const ADDRESSES = ['10.9.0.1/24', 'fd09::1/64'];

function int(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

/** `struct ip_mreq`, or `struct ipv6_mreq` with the interface's number. */
function request(group: string, by: string | number): Uint8Array {
  return concat(encodeIp(parseIp(group)), typeof by === 'string' ? encodeIp(parseIp(by)) : int(by));
}

/** What `setsockopt` says: nothing, or its errno. */
function set(file: UdpSocketFile, option: string, value: OptionValue, now = 0): string | undefined {
  const level = option.startsWith('IPV6') ? 'SOL_IPV6' : 'SOL_IP';
  const length = value instanceof Uint8Array ? value.length : 4;
  return errnoOf(() => file.setOption(level, option, value, length, now));
}

function datagrams(host: Host, family: 'AF_INET' | 'AF_INET6' = 'AF_INET'): UdpSocketFile {
  return new UdpSocketFile(host.udpSocket(family));
}

/** The text of all that waits. */
function heard(file: UdpSocketFile): string[] {
  const texts: string[] = [];
  for (let got = file.socket.receive(); got !== undefined; got = file.socket.receive()) {
    texts.push(fromUtf8(got.payload));
  }
  return texts;
}

/** A host alone on its link, with three sockets that share a port. */
function alone(family: 'AF_INET' | 'AF_INET6'): {
  segment: Segment;
  host: Host;
  sockets: UdpSocketFile[];
  sender: UdpSocketFile;
  /** Sends to the port, and tells what has been counted since. */
  send: (to: string) => Record<string, number>;
} {
  const segment = new Segment();
  const host = segment.host(1, { address: ADDRESSES });
  const sockets = [1, 2, 3].map(() => {
    const file = datagrams(host, family);
    file.setOption('SOL_SOCKET', 'SO_REUSEADDR', 1, 4, 0);
    file.bind({ address: parseIp(family === 'AF_INET' ? '0.0.0.0' : '::'), port: 5000 });
    return file;
  });
  const sender = datagrams(host, family);
  return {
    segment,
    host,
    sockets,
    sender,
    send: (to) => {
      const before = Object.fromEntries(Object.entries(host.counters)) as Record<string, number>;
      sender.socket.send(utf8('x'), parseIp(to), 5000, segment.loop.now);
      segment.after(ms(5));
      const changes = Object.entries(host.counters).flatMap(([name, value]) => {
        const change = Number(value) - before[name]!;
        return change === 0 ? [] : [[name, change] as const];
      });
      return Object.fromEntries(changes);
    },
  };
}

describe('LINUX what setsockopt takes', () => {
  test.each([
    ['IP_ADD_MEMBERSHIP', request('10.1.1.2', '127.0.0.1'), 'EINVAL'],
    ['IP_ADD_MEMBERSHIP', request('239.1.1.1', '0.0.0.0'), 'ENODEV'], // no route leads there
    ['IP_ADD_MEMBERSHIP', request('239.1.1.1', '9.9.9.9'), 'ENODEV'],
    ['IP_ADD_MEMBERSHIP', utf8('1234'), 'EINVAL'],
    ['IP_ADD_MEMBERSHIP', 7, 'EINVAL'],
    ['IP_DROP_MEMBERSHIP', request('239.1.1.3', '127.0.0.1'), 'EADDRNOTAVAIL'],
    ['IP_DROP_MEMBERSHIP', request('239.1.1.3', '0.0.0.0'), 'ENODEV'],
    ['IP_MULTICAST_IF', encodeIp(parseIp('9.9.9.9')), 'EADDRNOTAVAIL'],
    ['IP_MULTICAST_IF', utf8('123'), 'EINVAL'],
    ['IP_MULTICAST_TTL', -2, 'EINVAL'],
    ['IP_MULTICAST_TTL', 256, 'EINVAL'],
    ['IP_MULTICAST_ALL', 2, 'EINVAL'],
    ['IPV6_JOIN_GROUP', request('fd09::1', 2), 'EINVAL'],
    ['IPV6_JOIN_GROUP', request('ff05::6', 99), 'ENODEV'],
    ['IPV6_JOIN_GROUP', utf8('1234'), 'EINVAL'],
    ['IPV6_LEAVE_GROUP', request('ff05::9', 0), 'EADDRNOTAVAIL'],
    ['IPV6_MULTICAST_HOPS', -2, 'EINVAL'],
    ['IPV6_MULTICAST_HOPS', 256, 'EINVAL'],
    ['IPV6_MULTICAST_LOOP', 2, 'EINVAL'],
    ['IPV6_MULTICAST_IF', 99, 'ENODEV'],
    ['IPV6_MULTICAST_IF', -1, 'ENODEV'],
  ] as const)('%s %s: %s', (option, value, errno) => {
    const host = new Segment().host(1, { address: ADDRESSES });
    expect(set(datagrams(host, 'AF_INET6'), option, value)).toBe(errno);
  });

  test('and reads back', () => {
    const host = new Segment().host(1, { address: ADDRESSES });
    const file = datagrams(host, 'AF_INET6');
    const get = (option: string): OptionValue => {
      const level = option.startsWith('IPV6') ? 'SOL_IPV6' : 'SOL_IP';
      return file.getOption(level, option, 16, 0).value;
    };
    expect([get('IP_MULTICAST_TTL'), get('IP_MULTICAST_LOOP')]).toEqual([1, 1]);
    expect([get('IPV6_MULTICAST_HOPS'), get('IPV6_MULTICAST_LOOP')]).toEqual([1, 1]);
    set(file, 'IP_MULTICAST_TTL', 255);
    expect(get('IP_MULTICAST_TTL')).toBe(255);
    set(file, 'IP_MULTICAST_TTL', -1);
    expect(get('IP_MULTICAST_TTL')).toBe(1);
    set(file, 'IP_MULTICAST_LOOP', 5);
    expect(get('IP_MULTICAST_LOOP')).toBe(1);
    expect(get('IP_MULTICAST_IF')).toEqual(Uint8Array.of(0, 0, 0, 0));
    set(file, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')));
    expect(get('IP_MULTICAST_IF')).toEqual(Uint8Array.of(10, 9, 0, 1));
    set(file, 'IPV6_MULTICAST_IF', 2);
    expect(get('IPV6_MULTICAST_IF')).toBe(2);
  });

  test('a group once for each interface; twenty of IPv4', () => {
    const host = new Segment().host(1, { address: ADDRESSES });
    const file = datagrams(host, 'AF_INET6');
    const join = (n: number): string | undefined =>
      set(file, 'IP_ADD_MEMBERSHIP', request(`239.1.1.${n}`, '10.9.0.1'));
    for (let n = 1; n <= 20; n++) expect(join(n)).toBeUndefined();
    expect([join(1), join(21)]).toEqual(['EADDRINUSE', 'ENOBUFS']);
    const join6 = (by: number): string | undefined =>
      set(file, 'IPV6_JOIN_GROUP', request('ff05::5', by));
    expect([join6(0), join6(0), join6(2), join6(1)]).toEqual([
      undefined,
      'EADDRINUSE',
      'EADDRINUSE',
      undefined,
    ]);
  });

  test('a stream joins nothing', () => {
    const file = new Segment().host(1, { address: ADDRESSES }).socketFile('stream', 'AF_INET6');
    const setStream = (level: string, option: string, value: OptionValue): string | undefined =>
      errnoOf(() => file.setOption(level, option, value, 20, 0));
    expect(setStream('SOL_IP', 'IP_ADD_MEMBERSHIP', request('239.1.1.1', '10.9.0.1'))).toBe(
      'EPROTO',
    );
    expect(setStream('SOL_IP', 'IP_MULTICAST_TTL', 3)).toBe('EINVAL');
    expect(setStream('SOL_IP', 'IP_MULTICAST_IF', encodeIp(0))).toBe('EINVAL');
    expect(setStream('SOL_IP', 'IP_MULTICAST_LOOP', 0)).toBeUndefined();
    expect(setStream('SOL_IPV6', 'IPV6_JOIN_GROUP', request('ff05::5', 0))).toBe('EPROTO');
    expect(setStream('SOL_IPV6', 'IPV6_MULTICAST_HOPS', 3)).toBe('ENOPROTOOPT');
    expect(setStream('SOL_IPV6', 'IPV6_MULTICAST_IF', 0)).toBe('ENOPROTOOPT');
  });
});

describe('LINUX the way to a group', () => {
  test.each(['239.1.1.1', '224.0.0.1', '255.255.255.255'])('%s needs a route', (to) => {
    const { sender } = alone('AF_INET');
    expect(errnoOf(() => sender.socket.send(utf8('x'), parseIp(to), 5000, 0))).toBe('ENETUNREACH');
  });

  test('or an address that its socket is bound to', () => {
    const { segment, sender, send } = alone('AF_INET');
    sender.bind({ address: parseIp('10.9.0.1'), port: 1000 });
    send('239.1.1.1');
    expect(segment.said()).toEqual(['IP 10.9.0.1.1000 > 239.1.1.1.5000: UDP, length 1']);
  });

  test('a default route leads there, but not by its gateway', () => {
    const { segment, host, send } = alone('AF_INET');
    host.addDefaultRoute(parseIp('10.9.0.254'));
    send('239.1.1.1');
    expect(segment.said()).toHaveLength(1); // nobody is asked for
    expect(printMac(multicastMac(parseIp('239.129.1.1')))).toBe('01:00:5e:01:01:01');
    expect([...(segment.frames[0]?.subarray(0, 6) ?? [])]).toEqual([1, 0, 0x5e, 1, 1, 1]);
  });

  test('by default no router passes it on; IP_MULTICAST_TTL says how many do', () => {
    const { segment, sender, send } = alone('AF_INET');
    set(sender, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')));
    send('239.1.1.1');
    sender.setOption('SOL_IP', 'IP_TTL', 9, 4, 0); // which is for others
    set(sender, 'IP_MULTICAST_TTL', 4);
    send('239.1.1.1');
    expect(segment.frames.map((frame) => frame[22])).toEqual([1, 4]);
  });

  test('a group of IPv6 is on the first link, at an address fit for it', () => {
    const { segment, send } = alone('AF_INET6');
    send('ff05::5');
    send('ff02::1:2');
    const [site, link] = segment.said();
    expect(site).toMatch(/^IP6 fd09::1\.\d+ > ff05::5\.5000: UDP, length 1$/);
    expect(link).toMatch(/^IP6 fe80::ff:fe00:1\.\d+ > ff02::1:2\.5000: UDP, length 1$/);
    expect(segment.frames.map((frame) => frame[21])).toEqual([1, 1]);
  });

  test('IP_MULTICAST_IF must be the device that the socket is bound to', () => {
    const { sender } = alone('AF_INET6');
    sender.socket.bindToDevice('lo');
    expect(set(sender, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')))).toBe('EINVAL');
    expect(set(sender, 'IPV6_MULTICAST_IF', 2)).toBe('EINVAL');
  });
});

describe('LINUX who hears it', () => {
  test('every socket of the port, where one on the host has joined; IP_MULTICAST_ALL', () => {
    const { sockets, sender, send } = alone('AF_INET');
    set(sender, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')));
    expect(send('239.1.1.1')).toEqual({
      IpOutRequests: 1,
      UdpOutDatagrams: 1,
      IpExtOutMcastPkts: 1,
      IpExtOutOctets: 29,
      IpExtOutMcastOctets: 29,
    });
    expect(sockets.map(heard)).toEqual([[], [], []]);
    set(sockets[0]!, 'IP_ADD_MEMBERSHIP', request('239.1.1.1', '10.9.0.1'));
    expect(send('239.1.1.1')).toEqual({
      IpInReceives: 1,
      IpInDelivers: 1,
      IpOutRequests: 1,
      UdpOutDatagrams: 1,
      IpExtInMcastPkts: 1,
      IpExtOutMcastPkts: 1,
      IpExtInOctets: 29,
      IpExtOutOctets: 29,
      IpExtInMcastOctets: 29,
      IpExtOutMcastOctets: 29,
      IpExtInNoECTPkts: 1,
    });
    expect(sockets.map(heard)).toEqual([['x'], ['x'], ['x']]);
    set(sockets[1]!, 'IP_MULTICAST_ALL', 0);
    send('239.1.1.1');
    expect(sockets.map(heard)).toEqual([['x'], [], ['x']]);
    set(sender, 'IP_MULTICAST_LOOP', 0);
    send('239.1.1.1');
    expect(sockets.map(heard)).toEqual([[], [], []]);
  });

  test('with a time to live of 0, this host alone', () => {
    const { segment, sockets, sender, send } = alone('AF_INET');
    set(sender, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')));
    set(sender, 'IP_MULTICAST_TTL', 0);
    set(sockets[0]!, 'IP_ADD_MEMBERSHIP', request('239.1.1.1', '10.9.0.1'));
    expect(send('239.1.1.1')).not.toHaveProperty('IpExtOutMcastPkts');
    expect(sockets.map(heard)).toEqual([['x'], ['x'], ['x']]);
    expect(segment.said()).toEqual([]);
  });

  test('the same of IPv6, by its own options', () => {
    const { segment, sockets, sender, send } = alone('AF_INET6');
    expect(send('ff05::5')).toEqual({
      Ip6OutRequests: 1,
      Ip6OutMcastPkts: 1,
      Ip6OutOctets: 49,
      Udp6OutDatagrams: 1,
    });
    set(sockets[0]!, 'IPV6_JOIN_GROUP', request('ff05::5', 0), segment.loop.now);
    segment.after(seconds(3)); // in which it tells of that
    segment.said();
    expect(send('ff05::5')).toMatchObject({ Ip6InMcastPkts: 1, Ip6InDelivers: 1 });
    expect(sockets.map(heard)).toEqual([['x'], ['x'], ['x']]);
    set(sockets[1]!, 'IPV6_MULTICAST_ALL', 0);
    send('ff05::5');
    expect(sockets.map(heard)).toEqual([['x'], [], ['x']]);
    set(sender, 'IPV6_MULTICAST_LOOP', 0);
    send('ff05::5');
    expect(sockets.map(heard)).toEqual([[], [], []]);
    set(sender, 'IPV6_MULTICAST_LOOP', 1);
    set(sender, 'IPV6_MULTICAST_HOPS', 0);
    segment.said();
    expect(send('ff05::5')).toMatchObject({ Ip6OutRequests: 1, Ip6OutDiscards: 1 });
    expect(sockets.map(heard)).toEqual([['x'], [], ['x']]);
    expect(segment.said()).toEqual([]);
  });

  test('a socket of IPv6 that speaks IPv4 asks for echoes by its own option', () => {
    const { sockets, host, segment } = alone('AF_INET');
    set(sockets[0]!, 'IP_ADD_MEMBERSHIP', request('239.1.1.1', '10.9.0.1'));
    const sender = datagrams(host, 'AF_INET6');
    set(sender, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')));
    const send = (text: string): void => {
      sender.socket.send(utf8(text), parseIp('::ffff:239.1.1.1'), 5000, segment.loop.now);
      segment.after(ms(5));
    };
    send('1');
    set(sender, 'IPV6_MULTICAST_LOOP', 0);
    send('2');
    set(sender, 'IPV6_MULTICAST_LOOP', 1);
    set(sender, 'IP_MULTICAST_LOOP', 0);
    send('3');
    expect(heard(sockets[0]!)).toEqual(['1', '3']);
  });

  test('a broadcast comes back, and nobody is told that no socket has its port', () => {
    const { segment, sockets, sender, send, host } = alone('AF_INET');
    sender.setOption('SOL_SOCKET', 'SO_BROADCAST', 1, 4, 0);
    expect(send('10.9.0.255')).toMatchObject({ IpExtInBcastPkts: 1, IpExtOutBcastPkts: 1 });
    expect(sockets.map(heard)).toEqual([['x'], ['x'], ['x']]);
    for (const file of sockets) file.close(segment.loop.now);
    expect(send('10.9.0.255')).toMatchObject({ UdpIgnoredMulti: 1 });
    expect(host.counters.UdpNoPorts).toBe(0);
    expect(segment.drops).toEqual(['1 udp-ignored']);
  });

  test('a socket bound to the group hears that alone, and sends from its host', () => {
    const { segment, host } = alone('AF_INET');
    const [group, other] = [datagrams(host), datagrams(host)];
    set(group, 'IP_ADD_MEMBERSHIP', request('239.1.1.1', '10.9.0.1'));
    group.bind({ address: parseIp('239.1.1.1'), port: 7 });
    other.bind({ address: parseIp('10.9.0.1'), port: 7 });
    const peer = datagrams(segment.host(2, { address: '10.9.0.2/24' }));
    set(peer, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.2')));
    for (const to of ['239.1.1.1', '10.9.0.1', '239.1.1.2']) {
      peer.socket.send(utf8(to), parseIp(to), 7, segment.loop.now);
      segment.after(ms(9));
    }
    expect([heard(group), heard(other)]).toEqual([['239.1.1.1'], ['10.9.0.1']]);
    expect(segment.drops).toContain('1 ip-no-member');
    segment.said();
    group.socket.send(utf8('x'), parseIp('10.9.0.2'), 9, segment.loop.now);
    expect(segment.said()).toEqual(['IP 10.9.0.1.7 > 10.9.0.2.9: UDP, length 1']);
    segment.after(ms(5));
  });
});

test('law: of any sockets on a link, those and only those hear a group that asked for it', () => {
  const some = fc.record({
    host: fc.nat(2),
    isOn7: fc.boolean(),
    joins: fc.subarray(['239.0.0.1', '239.0.0.2'], { minLength: 1 }),
    leaves: fc.boolean(),
  });
  let hits = 0;
  fc.assert(
    fc.property(
      fc.array(some, { minLength: 1, maxLength: 8, size: 'max' }),
      fc.boolean(),
      (asked, isSix) => {
        const name = (group: string): string => (isSix ? `ff05::${group.at(-1)}` : group);
        const segment = new Segment();
        const hosts = [1, 2, 3].map((n) =>
          segment.host(n, { address: [`10.9.0.${n}/24`, `fd09::${n}/64`] }),
        );
        const files = asked.map(({ host, isOn7, joins, leaves }) => {
          const file = datagrams(hosts[host]!, 'AF_INET6');
          file.setOption('SOL_SOCKET', 'SO_REUSEADDR', 1, 4, 0);
          set(file, 'IP_MULTICAST_ALL', 0);
          set(file, 'IPV6_MULTICAST_ALL', 0);
          file.bind({ address: parseIp('::'), port: isOn7 ? 7 : 8 });
          const by = { index: 2, address: 0 };
          for (const group of joins) file.socket.multicast.join(parseIp(name(group)), by, 0);
          if (leaves && joins[0] !== undefined) {
            file.socket.multicast.leave(parseIp(name(joins[0])), by, 0);
          }
          return file;
        });
        const sender = datagrams(hosts[0]!, 'AF_INET6');
        set(sender, 'IP_MULTICAST_IF', encodeIp(parseIp('10.9.0.1')));
        const to = parseIp(name('239.0.0.1'));
        const mapped = isSix ? to : parseIp(`::ffff:${printIp(to)}`);
        sender.socket.send(utf8('x'), mapped, 7, 0);
        segment.after(ms(20));
        files.forEach((file, i) => {
          const { isOn7, joins, leaves } = asked[i]!;
          const wants = isOn7 && joins[0] === '239.0.0.1' && !leaves;
          if (wants) hits++;
          expect(heard(file)).toEqual(wants ? ['x'] : []);
        });
      },
    ),
    { numRuns: 40 },
  );
  expect(hits).toBeGreaterThan(10);
});

describe('LINUX who may share a port', () => {
  const NOTHING: readonly string[] = [];
  const A = ['SO_REUSEADDR'];
  const P = ['SO_REUSEPORT'];
  const AP = ['SO_REUSEADDR', 'SO_REUSEPORT'];

  test.each([
    [NOTHING, NOTHING, 'EADDRINUSE'],
    [A, NOTHING, 'EADDRINUSE'],
    [A, A, undefined],
    [P, P, undefined],
    [P, A, 'EADDRINUSE'],
    [AP, P, undefined],
    [AP, A, undefined],
    [AP, AP, undefined],
  ])('%s beside %s: %s', (first, second, errno) => {
    const host = new Segment().host(1, { address: ADDRESSES });
    const [one, other] = [first, second].map((options) => {
      const file = datagrams(host);
      for (const option of options) file.setOption('SOL_SOCKET', option, 1, 4, 0);
      return file;
    });
    one!.bind({ address: parseIp('10.9.0.1'), port: 7 });
    expect(errnoOf(() => other!.bind({ address: parseIp('0.0.0.0'), port: 7 }))).toBe(errno);
  });

  test('of two that fit as well, the one bound last hears', () => {
    const { segment, sockets } = alone('AF_INET');
    const peer = datagrams(segment.host(2, { address: '10.9.0.2/24' }));
    peer.socket.send(utf8('x'), parseIp('10.9.0.1'), 5000, 0);
    segment.after(ms(20));
    expect(sockets.map(heard)).toEqual([[], [], ['x']]);
  });

  test('SO_REUSEPORT spreads peers over sockets, and keeps each at one', () => {
    const segment = new Segment();
    const host = segment.host(1, { address: ADDRESSES });
    const shared = [1, 2, 3].map(() => {
      const file = datagrams(host);
      file.setOption('SOL_SOCKET', 'SO_REUSEPORT', 1, 4, 0);
      file.bind({ address: parseIp('0.0.0.0'), port: 7 });
      return file;
    });
    const peer = segment.host(2, { address: '10.9.0.2/24' });
    const senders = Array.from({ length: 60 }, (_, n) => {
      const file = datagrams(peer);
      file.bind({ address: parseIp('10.9.0.2'), port: 1000 + n });
      return file;
    });
    const round = (): string[][] => {
      senders.forEach((file, n) =>
        file.socket.send(utf8(String(n)), parseIp('10.9.0.1'), 7, segment.loop.now),
      );
      segment.after(ms(20));
      return shared.map(heard);
    };
    const first = round();
    expect(round()).toEqual(first);
    for (const texts of first) expect(texts.length).toBeGreaterThan(5);
    expect(first.flat()).toHaveLength(60);
  });
});
