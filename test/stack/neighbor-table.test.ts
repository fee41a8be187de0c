/** What a host believes of its neighbours, and for how long (RFC 4861 §7.3). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms, type NeighborState, seconds } from '../../src/stack/index.ts';
import {
  ArpOperation,
  encodeFrame,
  MAC_BROADCAST,
  readIpv4OverEthernet,
} from '../../src/wire/index.ts';
import { HOST_ADDRESS, HOST_MAC, Laboratory, PEER_ADDRESS, PEER_MAC } from '../help/peer.ts';

/** A host with one neighbour, which answers when it is told to. What is sent is looked at here. */
class Link {
  readonly laboratory = new Laboratory({ knowsPeer: false });
  readonly #socket = this.laboratory.host.udpSocket();

  get state(): NeighborState | undefined {
    const { host } = this.laboratory;
    return host.portNamed('eth0')?.neighbors.find(PEER_ADDRESS)?.state;
  }

  send(): void {
    this.#socket.send(new Uint8Array(1), PEER_ADDRESS, 9, this.laboratory.now);
  }

  answer(senderMac = PEER_MAC): void {
    this.#arp(ArpOperation.reply, senderMac, HOST_MAC);
  }

  /** The neighbour asks for the host, and so tells of itself. */
  ask(senderMac = PEER_MAC): void {
    this.#arp(ArpOperation.request, senderMac, MAC_BROADCAST);
  }

  #arp(operation: number, senderMac: number, destination: number): void {
    this.laboratory.receive(
      encodeFrame({
        ethernet: { source: senderMac, destination },
        arp: {
          operation,
          senderMac,
          senderAddress: PEER_ADDRESS,
          targetMac: HOST_MAC,
          targetAddress: HOST_ADDRESS,
        },
      }),
    );
  }

  after(time: number): void {
    this.laboratory.after(time);
  }

  /** Where requests for the neighbour went since the last look. */
  asked(): number[] {
    const sent = this.laboratory.sent.splice(0);
    const requests = sent.filter(({ frame }) => {
      const arp = frame.arp && readIpv4OverEthernet(frame.arp);
      return arp?.operation === ArpOperation.request;
    });
    return requests.map(({ frame }) => frame.ethernet?.destination ?? 0);
  }
}

function reachable(): Link {
  const link = new Link();
  link.send();
  link.answer();
  link.laboratory.sent.length = 0;
  return link;
}

describe('RFC 4861 §7.3.2', () => {
  test('INCOMPLETE until it answers, then REACHABLE', () => {
    const link = new Link();
    expect(link.state).toBeUndefined();
    link.send();
    expect(link.state).toBe('INCOMPLETE');
    expect(link.asked()).toEqual([MAC_BROADCAST]);
    link.answer();
    expect(link.state).toBe('REACHABLE');
    link.laboratory.sent.length = 0;
  });

  test('REACHABLE for half to one and a half of the reachable time, then STALE', () => {
    const link = reachable();
    link.after(seconds(15) - 1);
    expect(link.state).toBe('REACHABLE');
    link.after(seconds(30) + 1);
    expect(link.state).toBe('STALE');
    expect(link.asked()).toEqual([]); // nobody wants to know
  });

  test('STALE, and a packet: DELAY, and after five seconds PROBE, at the address known', () => {
    const link = reachable();
    link.after(seconds(50));
    link.laboratory.sent.length = 0;
    link.send();
    expect(link.state).toBe('DELAY');
    link.after(seconds(5) - 1);
    expect([link.state, link.asked()]).toEqual(['DELAY', []]);
    link.after(1);
    expect([link.state, link.asked()]).toEqual(['PROBE', [PEER_MAC]]);
    link.answer();
    expect(link.state).toBe('REACHABLE');
  });

  test('PROBE without an answer: three questions a second apart, then FAILED, and all anew', () => {
    const link = reachable();
    link.after(seconds(50));
    link.send();
    link.after(seconds(5) + seconds(3) - 1);
    expect([link.state, link.asked()]).toEqual(['PROBE', [PEER_MAC, PEER_MAC, PEER_MAC]]);
    link.after(1);
    expect(link.state).toBe('FAILED');
    link.send();
    expect([link.state, link.asked()]).toEqual(['INCOMPLETE', [MAC_BROADCAST]]);
  });

  test('who asks for us is STALE: nobody knows yet whether the way there works', () => {
    const link = new Link();
    link.ask();
    expect(link.state).toBe('STALE');
    link.send();
    expect(link.state).toBe('DELAY');
    link.laboratory.sent.length = 0;
  });

  test('§7.3.1: what a transport hears confirms, and nobody is asked', () => {
    const link = reachable();
    const table = link.laboratory.host.portNamed('eth0')?.neighbors;
    for (let i = 0; i < 100; i++) {
      link.send();
      link.after(seconds(1));
      table?.confirm(PEER_ADDRESS, link.laboratory.now);
    }
    expect([link.state, link.asked()]).toEqual(['REACHABLE', []]);
  });

  test('in use and never confirmed: it is asked when it is stale, and five seconds later', () => {
    const link = reachable();
    const asked: number[] = [];
    for (let i = 0; i < 100; i++) {
      link.send();
      link.after(seconds(1));
      for (const to of link.asked()) {
        expect(to).toBe(PEER_MAC);
        asked.push(i);
        link.answer();
      }
    }
    expect(asked.length).toBeGreaterThan(1);
    expect(asked[0]).toBeGreaterThanOrEqual(19);
    expect(asked[0]).toBeLessThanOrEqual(51);
  });

  test('a REACHABLE neighbour that another claims to be is doubted, not replaced', () => {
    const link = reachable();
    link.answer(7); // within the second of locktime
    expect(link.state).toBe('STALE');
    link.send();
    expect(link.laboratory.takeFrame()?.ethernet?.destination).toBe(PEER_MAC);
  });
});

test('law: whatever happens, what is sent goes to a known address, waits, or is dropped', () => {
  const states = new Set<string>();
  const step = fc.oneof(
    fc.constantFrom('send' as const, 'answer' as const, 'ask' as const),
    fc.constantFrom(100, 5100, 40_000), // so that DELAY ends, and belief
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const link = new Link();
      let sent = 0;
      for (const what of steps) {
        if (what === 'send') sent += 1;
        if (typeof what === 'number') link.after(ms(what));
        else link[what]();
        states.add(String(link.state));
      }
      link.after(seconds(100));
      const left = link.laboratory.sent.filter(({ frame }) => frame.udp !== undefined).length;
      const lost = link.laboratory.drops.filter((name) => name.startsWith('neighbor-')).length;
      link.laboratory.sent.length = 0;
      expect(left + lost).toBe(sent);
      expect(link.laboratory.host.deadline).toBe(Number.POSITIVE_INFINITY); // nothing goes on
    }),
    { numRuns: 200 },
  );
  for (const state of ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED']) {
    expect(states).toContain(state);
  }
});

function set(link: Link, ...settings: readonly string[]): void {
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    expect(link.laboratory.host.sysctl.write(`net.${name}`, value)).toBe('written');
  }
}

test('LINUX neigh_timer_handler(): without any times, states still last a moment', () => {
  const link = reachable();
  set(link, 'ipv4.neigh.eth0.base_reachable_time_ms=0', 'ipv4.neigh.eth0.retrans_time_ms=0');
  set(link, 'ipv4.neigh.eth0.delay_first_probe_time=0');
  link.after(seconds(50));
  link.send();
  link.after(seconds(1));
  expect([link.state, link.asked()]).toEqual(['FAILED', [PEER_MAC, PEER_MAC, PEER_MAC]]);
  link.laboratory.sent.length = 0;
});

describe('LINUX net.ipv4.neigh: how often is asked, and whom', () => {
  const ALL = MAC_BROADCAST;

  test.each([
    [[], [ALL, ALL, ALL], 3],
    [['mcast_solicit=1'], [ALL], 1],
    [['retrans_time_ms=500'], [ALL, ALL, ALL], 1.5],
    [['app_solicit=2'], [ALL, ALL, ALL], 5], // two seconds are a program's
    [['ucast_solicit=9', 'mcast_resolicit=9'], [ALL, ALL, ALL], 3],
  ])('one never known, with %j', (settings, asked, lasts) => {
    const link = new Link();
    set(link, ...settings.map((setting) => `ipv4.neigh.eth0.${setting}`));
    set(link, 'ipv6.neigh.eth0.mcast_solicit=7', 'ipv6.neigh.eth0.retrans_time_ms=99');
    link.send();
    link.after(seconds(lasts) - 1);
    expect(link.state).toBe('INCOMPLETE');
    link.after(1);
    expect([link.state, link.asked()]).toEqual(['FAILED', asked]);
  });

  test.each([
    [[], [PEER_MAC, PEER_MAC, PEER_MAC]],
    [['ucast_solicit=1'], [PEER_MAC]],
    [
      ['ucast_solicit=1', 'mcast_resolicit=2'],
      [PEER_MAC, ALL, ALL],
    ],
    [
      ['ucast_solicit=1', 'app_solicit=3', 'mcast_resolicit=1'],
      [PEER_MAC, ALL],
    ],
  ])('one that was known, with %j', (settings, asked) => {
    const link = reachable();
    set(link, ...settings.map((setting) => `ipv4.neigh.eth0.${setting}`));
    link.after(seconds(50));
    link.send();
    link.laboratory.sent.length = 0;
    link.after(seconds(20));
    expect([link.state, link.asked()]).toEqual(['FAILED', asked]);
  });
});

describe('LINUX gc_thresh: how many are known', () => {
  let last = HOST_ADDRESS + 10;

  /** So many others tell of themselves to the host. */
  function crowd(link: Link, count: number): void {
    const { laboratory } = link;
    const port = laboratory.host.portNamed('eth0')!;
    for (let i = 0; i < count; i++) {
      const news = { mac: i, state: 'STALE', override: true } as const;
      port.neighbors.learn(last++, news, true, laboratory.now);
    }
  }

  function known(link: Link): number {
    return [...link.laboratory.host.portNamed('eth0')!.neighbors.entries()].length;
  }

  test('up to gc_thresh1 all, whatever their age; above it those that are used', () => {
    const link = new Link();
    crowd(link, 127);
    link.after(seconds(100));
    crowd(link, 1);
    expect(known(link)).toBe(128);
    crowd(link, 1);
    expect(known(link)).toBe(2); // all but the two of now
  });

  test('gc_stale_time: how long one that is not used is kept', () => {
    const link = new Link();
    set(link, 'ipv4.neigh.default.gc_thresh1=0', 'ipv4.neigh.eth0.gc_stale_time=200');
    crowd(link, 5);
    link.after(seconds(199));
    crowd(link, 1);
    expect(known(link)).toBe(6);
    link.after(seconds(20));
    crowd(link, 1);
    expect(known(link)).toBe(2);
  });

  test('from gc_thresh2 on those of more than five seconds go, down to it', () => {
    const link = new Link();
    set(link, 'ipv4.neigh.default.gc_thresh2=20', 'ipv4.neigh.default.gc_thresh3=40');
    crowd(link, 20);
    link.after(seconds(6));
    crowd(link, 5);
    expect(known(link)).toBe(24); // the first of them made room for itself alone
    link.after(seconds(4));
    crowd(link, 16);
    expect(known(link)).toBe(40);
    crowd(link, 1);
    expect(known(link)).toBeLessThanOrEqual(40);
  });

  test('of gc_thresh3, all in use: one more is not known, and its packets are dropped', () => {
    const link = new Link();
    set(link, 'ipv4.neigh.default.gc_thresh2=0', 'ipv4.neigh.default.gc_thresh3=3');
    crowd(link, 3);
    link.send();
    expect(link.state).toBeUndefined();
    expect(link.laboratory.drops).toEqual(['neighbor-table-full']);
  });
});
