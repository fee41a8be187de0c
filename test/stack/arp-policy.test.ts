/**
 * What an administrator may have ARP do, as measured on Linux 6.18: a host with 10.9.0.1/24 and
 * 10.9.1.1/24 on its link and 10.8.0.1/24 elsewhere; somebody at 10.9.0.2 speaks ARP by hand.
 */
import { describe, expect, test } from 'vitest';
import { type Host, ms, seconds, unicastRoute } from '../../src/stack/index.ts';
import {
  ArpOperation,
  encodeFrame,
  type Ipv4OverEthernet,
  MAC_BROADCAST,
  must,
  parseIpPrefix,
  parseIpv4,
} from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

const ASKER = 0x02_00_00_00_00_63;
const HOST = 0x02_00_00_00_00_01;

class Link {
  readonly segment = new Segment();
  readonly host: Host;

  constructor(...settings: readonly string[]) {
    this.host = this.segment.host(1, { address: ['10.9.0.1/24', '10.9.1.1/24'] });
    this.segment.plug(this.host, 2, { address: '10.8.0.1/24' });
    for (const setting of settings) {
      const [name = '', value = ''] = setting.split('=');
      expect(this.host.sysctl.write(`net.ipv4.${name}`, value)).toBe('written');
    }
  }

  /** Somebody says something on the host's link; what the host then says there. */
  hear(fields: Partial<Ipv4OverEthernet>, to = MAC_BROADCAST): string[] {
    const arp = {
      operation: ArpOperation.request,
      senderMac: ASKER,
      senderAddress: parseIpv4('10.9.0.2'),
      targetMac: 0,
      targetAddress: 0,
      ...fields,
    };
    const bytes = must(encodeFrame({ ethernet: { source: ASKER, destination: to }, arp }));
    const port = this.host.interfaces[1]!;
    port.receive(bytes, { name: 'by-hand', text: '', source: '' }, this.segment.loop.now);
    this.segment.after(ms(1));
    return this.segment.said();
  }

  whoHas(target: string, asker = '10.9.0.2'): string[] {
    return this.hear({ targetAddress: parseIpv4(target), senderAddress: parseIpv4(asker) });
  }

  get neighbors(): string {
    return this.segment.run(this.host, 'ip neigh show').trim();
  }
}

describe('LINUX arp_ignore: who is answered', () => {
  const [OWN, OTHER_NET, ELSEWHERE, LOOPBACK] = ['10.9.0.1', '10.9.1.1', '10.8.0.1', '127.0.0.1'];

  test.each([
    [0, [OWN, OTHER_NET, ELSEWHERE]],
    [1, [OWN, OTHER_NET]],
    [2, [OWN]],
    [3, [OWN, OTHER_NET, ELSEWHERE]],
    [4, [OWN, OTHER_NET, ELSEWHERE]],
    [8, []],
  ])('%d', (value, answered) => {
    const link = new Link(`conf.all.arp_ignore=${value}`);
    for (const target of [OWN, OTHER_NET, ELSEWHERE, LOOPBACK]) {
      const isAnswered = answered.includes(target);
      const answer = `ARP, Reply ${target} is-at 02:00:00:00:00:01, length 28`;
      expect(link.whoHas(target), target).toEqual(isAnswered ? [answer] : []);
    }
    expect(link.neighbors === '').toBe(answered.length === 0); // who is not answered is not known
  });

  test('a probe, whose sender has no address yet, is answered by the same rules', () => {
    expect(new Link().whoHas('10.9.0.1', '0.0.0.0')).toHaveLength(1);
    expect(new Link('conf.all.arp_ignore=8').whoHas('10.9.0.1', '0.0.0.0')).toEqual([]);
  });

  test('nobody with our own address is answered', () => {
    expect(new Link().whoHas('10.9.0.1', '10.9.0.1')).toEqual([]);
  });
});

describe('LINUX arp_accept: which strangers are learned', () => {
  const stranger = parseIpv4('10.9.0.77');
  const far = parseIpv4('10.55.0.78');
  const request = { senderAddress: stranger, targetAddress: stranger };
  const reply = { ...request, operation: ArpOperation.reply, targetMac: ASKER };
  const farRequest = { senderAddress: far, targetAddress: far };
  const toUs = {
    operation: ArpOperation.reply,
    senderAddress: stranger,
    targetAddress: parseIpv4('10.9.0.1'),
  };

  test.each([
    ['a gratuitous request', request, MAC_BROADCAST, ['', 'STALE', 'STALE']],
    ['a gratuitous reply', reply, MAC_BROADCAST, ['', 'STALE', 'STALE']],
    ['one from another network', farRequest, MAC_BROADCAST, ['', 'STALE', '']],
    ['a reply to us that nobody asked for', toUs, HOST, ['', 'REACHABLE', 'REACHABLE']],
  ])('%s', (_, fields, to, states) => {
    states.forEach((state, accept) => {
      const link = new Link(`conf.all.arp_accept=${accept}`);
      expect(link.hear(fields, to)).toEqual([]);
      expect(link.neighbors.split(' ').at(-1), String(accept)).toBe(state);
    });
  });
});

test.each([
  [0, ['10.9.0.1', '10.9.1.1', '10.8.0.1']],
  [1, ['10.9.0.1', '10.9.0.1', '10.9.0.1']],
  [2, ['10.9.0.1', '10.9.0.1', '10.9.0.1']],
])('LINUX arp_announce %d: by which address is asked', (value, expected) => {
  const asking = ['10.9.0.1', '10.9.1.1', '10.8.0.1'].map((source) => {
    const link = new Link(`conf.all.arp_announce=${value}`);
    const socket = link.host.udpSocket();
    socket.bind(parseIpv4(source), 9);
    socket.send(new Uint8Array(1), parseIpv4('10.9.0.50'), 9, 0);
    return /tell (\S+),/.exec(link.segment.said()[0] ?? '')?.[1];
  });
  expect(asking).toEqual(expected);
});

test('LINUX arp_filter: only the interface answers by which the answer’s packets go', () => {
  const link = new Link('conf.all.arp_filter=1');
  expect(link.whoHas('10.9.0.1')).toHaveLength(1);
  expect(link.whoHas('10.9.0.1', '10.8.0.2')).toEqual([]);
  expect(link.host.counters.TcpExtArpFilter).toBe(1);
  expect(link.segment.drops).toContain('1 arp-ignored');
});

test('LINUX arp_notify: an interface that comes up tells of its addresses', () => {
  const link = new Link('conf.all.arp_notify=1');
  link.segment.plug(link.host, 3, { address: ['10.7.0.1/24', '10.7.1.1/24'] });
  link.segment.after(ms(1));
  expect(link.segment.said()).toEqual(
    ['10.7.0.1', '10.7.1.1'].map((own) => `ARP, Request who-has ${own} tell ${own}, length 28`),
  );
});

describe('LINUX proxy_arp (RFC 1027)', () => {
  function router(...settings: readonly string[]): Link {
    const link = new Link('ip_forward=1', ...settings);
    const by = link.host.portNamed('eth1')!;
    link.host.ip.routes.add(unicastRoute(parseIpPrefix('10.77.0.0/24'), undefined, by, 0));
    return link;
  }

  test('a router answers for hosts behind it, and for no neighbour of the asker', () => {
    const link = router('conf.all.proxy_arp=1', 'neigh.eth0.proxy_delay=0');
    expect(link.whoHas('10.77.0.9')).toEqual([
      'ARP, Reply 10.77.0.9 is-at 02:00:00:00:00:01, length 28',
    ]);
    expect(link.whoHas('10.9.0.88')).toEqual([]);
    expect(link.whoHas('10.99.0.1')).toEqual([]); // no route
    expect(router().whoHas('10.77.0.9')).toEqual([]);
    const host = router('conf.all.proxy_arp=1', 'neigh.eth0.proxy_delay=0', 'ip_forward=0');
    expect(host.whoHas('10.77.0.9')).toEqual([]);
  });

  test('after up to 0.8 s, in which the host may answer for itself', () => {
    const link = router('conf.all.proxy_arp=1');
    expect(link.whoHas('10.77.0.9')).toEqual([]);
    link.segment.after(ms(800));
    expect(link.segment.said()).toHaveLength(1);
    const asked = { targetAddress: parseIpv4('10.77.0.9') };
    expect(link.hear(asked, HOST)).toHaveLength(1); // asked alone, it answers at once
  });
});

test('LINUX locktime: so long an address stands before another host may claim it', () => {
  const other = { senderMac: 7, targetAddress: parseIpv4('10.9.0.99') };
  for (const [locktime, mac] of [
    [100, '02:00:00:00:00:63'],
    [20, '00:00:00:00:00:07'],
  ] as const) {
    const link = new Link(`neigh.eth0.locktime=${locktime}`);
    link.whoHas('10.9.0.1');
    link.segment.after(ms(500));
    link.hear(other);
    expect(link.neighbors).toContain(`lladdr ${mac}`);
    link.segment.after(seconds(1));
    link.hear(other);
    expect(link.neighbors).toContain('lladdr 00:00:00:00:00:07');
  }
});
