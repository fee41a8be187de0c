/**
 * Sysctls of interfaces under net.ipv4.conf: what each combination of the numbers for all and for
 * the interface does to packets. The rows are what Linux 6.18 did between network namespaces.
 */
import { describe, expect, test } from 'vitest';
import { type Host, ms } from '../../src/stack/index.ts';
import {
  ArpOperation,
  encodeFrame,
  type FrameFields,
  MAC_BROADCAST,
  must,
  parseIpv4,
} from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

const BY_HAND = { name: 'by-hand', text: '', source: '' };
const STRANGER = 0x0200_0000_0099;

/** A host with 10.1.0.1/24 on `eth0` and 10.2.0.1/24 on `eth1`. */
class Judged {
  readonly segment = new Segment();
  readonly behind = new Segment('-nn -t', this.segment.loop);
  readonly host: Host = this.segment.host(1, { address: '10.1.0.1/24' });

  constructor() {
    this.behind.plug(this.host, 2, { address: '10.2.0.1/24' });
    this.set('ipv4.neigh.eth0.proxy_delay', 0);
    this.host.udpSocket().bind(0, 5000);
  }

  set(name: string, value: number): void {
    expect(this.host.sysctl.write(`net.${name}`, String(value), this.segment.loop.now)).toBe(
      'written',
    );
  }

  /** Something comes by `eth0`. */
  #arrives(fields: FrameFields, destination: number): void {
    const frame = must(encodeFrame({ ethernet: { source: STRANGER, destination }, ...fields }));
    this.host.interfaces[1]!.receive(frame, BY_HAND, this.segment.loop.now);
  }

  /** Whether a datagram by that source is delivered, or goes on. */
  takes(source: string, destination = '10.1.0.1'): boolean {
    const { IpInDelivers, IpForwDatagrams } = this.host.counters;
    const ipv4 = { source: parseIpv4(source), destination: parseIpv4(destination) };
    const udp = { sourcePort: 1000, destinationPort: 5000 };
    this.#arrives({ ipv4, udp, payload: new Uint8Array(4) }, this.host.interfaces[1]!.mac);
    const { counters } = this.host;
    return counters.IpInDelivers > IpInDelivers || counters.IpForwDatagrams > IpForwDatagrams;
  }

  /** Whether somebody who asks for an address is answered. */
  answers(target: string, asker = '10.1.0.2'): boolean {
    this.segment.said();
    this.#asks(asker, target);
    this.segment.after(ms(1));
    return this.segment.said().some((line) => line.includes(`Reply ${target}`));
  }

  /** Whether who tells of itself unasked is known from then on. */
  learns(address: string): boolean {
    this.segment.run(this.host, `ip neigh del ${address} dev eth0`);
    this.#asks(address, address);
    return this.segment.run(this.host, 'ip neigh show').includes(address);
  }

  #asks(asker: string, target: string): void {
    const arp = {
      operation: ArpOperation.request,
      senderMac: STRANGER,
      senderAddress: parseIpv4(asker),
      targetMac: 0,
      targetAddress: parseIpv4(target),
    };
    this.#arrives({ arp }, MAC_BROADCAST);
  }
}

/** What comes of each pair of values, the one for all first: 0 and 1, or up to 2. */
function matrix(name: string, is: (judged: Judged) => boolean, most = 1): string {
  const judged = new Judged();
  let found = '';
  for (let all = 0; all <= most; all++) {
    for (let own = 0; own <= most; own++) {
      judged.set(`ipv4.conf.all.${name}`, all);
      judged.set(`ipv4.conf.eth0.${name}`, own);
      found += is(judged) ? '1' : '0';
    }
  }
  return found;
}

describe('00 01 10 11, for all and for the interface', () => {
  test.each<[name: string, of: string, found: string, is: (judged: Judged) => boolean]>([
    ['forwarding', 'what comes by it goes on', '0101', (it) => it.takes('10.1.0.2', '10.2.0.2')],
    ['arp_ignore', 'not answered', '0111', (it) => !it.answers('10.2.0.1')],
    ['arp_filter', 'not answered', '0111', (it) => !it.answers('10.1.0.1', '10.2.0.9')],
    ['arp_accept', 'a stranger is known', '0111', (it) => it.learns('10.1.0.50')],
    [
      'accept_local',
      'by our address, answered',
      '0111',
      (it) => it.answers('10.1.0.1', '10.2.0.1'),
    ],
    ['accept_local', 'from our address, taken', '0111', (it) => it.takes('10.2.0.1')],
  ])('%s: %s', (name, _of, found, is) => expect(matrix(name, is)).toBe(found));

  test('proxy_arp: answered for another', () => {
    const answers = (judged: Judged): boolean => {
      judged.set('ipv4.conf.all.forwarding', 1);
      return judged.answers('10.2.0.2');
    };
    expect(matrix('proxy_arp', answers)).toBe('0111');
  });

  test('drop_gratuitous_arp: a stranger is not known', () => {
    const isLost = (judged: Judged): boolean => {
      judged.set('ipv4.conf.all.arp_accept', 1);
      return !judged.learns('10.1.0.50');
    };
    expect(matrix('drop_gratuitous_arp', isLost)).toBe('0111');
  });

  test('promote_secondaries: addresses stay, and the network with them', () => {
    const stays = ({ segment, host }: Judged): boolean => {
      for (const last of [1, 2, 3]) segment.run(host, `ip addr add 10.7.0.${last}/24 dev eth0`);
      segment.run(host, 'ip addr del 10.7.0.1/24 dev eth0');
      const shown = segment.run(host, 'ip addr show dev eth0');
      const routes = segment.run(host, 'ip route show');
      for (const last of [2, 3]) segment.run(host, `ip addr del 10.7.0.${last}/24 dev eth0`);
      const network = '10.7.0.0/24 dev eth0 proto kernel scope link src 10.7.0.2';
      expect(routes.includes(network)).toBe(shown.includes('10.7.0.2'));
      expect(shown.includes('10.7.0.3/24 scope global secondary')).toBe(shown.includes('10.7.0.2'));
      return shown.includes('10.7.0.2');
    };
    expect(matrix('promote_secondaries', stays)).toBe('0111');
  });
});

// For all 0, 1, 2; and the interface's own 0, 1, 2 within each.
describe('rp_filter of what is for the host itself', () => {
  test.each([
    ['its way back is another', '10.2.0.9', '010110000'],
    ['there is no way back', '99.2.0.9', '011111111'],
    ['it came its way', '10.1.0.9', '000000000'],
  ])('%s', (_name, source, dropped) => {
    expect(matrix('rp_filter', (judged) => !judged.takes(source), 2)).toBe(dropped);
  });

  test('is counted', () => {
    const judged = new Judged();
    judged.set('ipv4.conf.eth0.rp_filter', 1);
    judged.takes('10.2.0.9');
    expect(judged.segment.drops).toEqual(['1 reverse-path']);
    expect(judged.host.counters.TcpExtIPReversePathFilter).toBe(1);
  });

  test('who has no address yet may speak, and loopback is not asked', () => {
    const judged = new Judged();
    judged.set('ipv4.conf.all.rp_filter', 1);
    expect(judged.takes('0.0.0.0', '255.255.255.255')).toBe(true);
    expect(judged.host.loopback.filtersReversePath).toBe(false);
  });
});

test.each([
  [0, 0, true],
  [0, 1, true],
  [0, -1, true],
  [1, 0, true],
  [1, 1, false],
  [1, 2, true],
  [1, -1, false],
  [-1, 0, false],
  [-1, -1, false],
])('medium_id %d here and %d there: answered for there %s', (here, there, isAnswered) => {
  const judged = new Judged();
  judged.set('ipv4.conf.all.forwarding', 1);
  judged.set('ipv4.conf.all.proxy_arp', 1);
  judged.set('ipv4.conf.eth0.medium_id', here);
  judged.set('ipv4.conf.eth1.medium_id', there);
  expect(judged.answers('10.2.0.2')).toBe(isAnswered);
});
