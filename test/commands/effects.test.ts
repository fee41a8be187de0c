/** What routes, queues and tcpdrop do to connections, and what the host counts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Administrator, ms, seconds } from '../../src/stack/index.ts';
import { parseIpv4 } from '../../src/wire/index.ts';
import { COUNTED_DROPS, COUNTED_ENDS } from '../../src/stack/tally.ts';
import {
  connected,
  connecting,
  type Conversation,
  errnoOf,
  FULL,
  listening,
} from '../help/peer.ts';

const administrators = new WeakMap<Conversation, Administrator>();

function run(c: Conversation, words: string): string {
  const administrator = administrators.get(c) ?? new Administrator(c.host);
  administrators.set(c, administrator);
  const outcome = administrator.run(words.split(' '), '', c.now);
  expect(outcome?.status).toBe(0);
  return outcome?.output ?? '';
}

/** The counters that changed, without those of IP. */
function counted(c: Conversation): Record<string, number> {
  return Object.fromEntries(
    Object.entries(c.host.counters as unknown as Record<string, number>).filter(
      ([name, count]) => count > 0 && !name.startsWith('Ip'),
    ),
  );
}

describe('addresses', () => {
  /** What an administrator is told, after the exit status. */
  const told = (c: Conversation, words: string): string => {
    const { status, output } = new Administrator(c.host).run(words.split(' '), '', c.now)!;
    return `${status} ${output}`;
  };

  test('come and go, each with its routes', () => {
    const c = listening();
    const isLocal = (): boolean => c.host.ip.isLocal(parseIpv4('192.0.2.7'));
    const before = told(c, 'ip route show');
    expect(told(c, 'ip address add 192.0.2.7/24 dev eth0')).toBe('0 ');
    expect(isLocal()).toBe(true);
    expect(c.host.ip.isBroadcast(parseIpv4('192.0.2.255'))).toBe(true);
    expect(c.host.ip.routes.lookUp(parseIpv4('192.0.2.9'))?.source).toBe(parseIpv4('192.0.2.7'));
    expect(told(c, 'ip addr show dev eth0')).toContain('inet 192.0.2.7/24 scope global eth0\n');
    expect(told(c, 'ip addr del dev eth0 192.0.2.7/24')).toBe('0 ');
    expect(isLocal()).toBe(false);
    expect(c.host.ip.isBroadcast(parseIpv4('192.0.2.255'))).toBe(false);
    expect(c.host.ip.isBroadcast(parseIpv4('255.255.255.255'))).toBe(true);
    expect(told(c, 'ip route show')).toBe(before);
  });

  // As iproute2 6.1 says it.
  test.each([
    ['ip addr del 192.0.2.9/24 dev eth0', '2 Error: ipv4: Address not found.'],
    ['ip addr add x dev eth0', '1 Error: any valid prefix is expected rather than "x".'],
    ['ip addr add 192.0.2.9/24', '1 Not enough information: "dev" argument is required.'],
    ['ip addr add 192.0.2.9/24 dev d7', '1 Cannot find device "d7"'],
    [
      'ip addr add 192.0.2.9/24 dev eth0 x',
      '255 Error: either "local" is duplicate, or "x" is a garbage.',
    ],
  ])('%s: %s', (words, answer) => {
    const c = listening();
    expect(told(c, words)).toBe(`${answer}\n`);
  });

  test('a second time is once too often', () => {
    const c = listening();
    expect(told(c, 'ip addr add 192.0.2.9/24 dev eth0')).toBe('0 ');
    const again = told(c, 'ip addr add 192.0.2.9/24 dev eth0');
    expect(again).toBe('2 Error: ipv4: Address already assigned.\n');
  });
});

describe('routes', () => {
  test('advmss is announced, mtu bounds what is sent', () => {
    const c = listening();
    run(c, 'ip route add 10.0.0.2 dev eth0 advmss 600 mtu lock 640');
    c.peer('S 0:0(0) win 50000 <mss 1460,nop,wscale 0>');
    c.sends('S. 0:0(0) ack 1 <mss 600,nop,wscale 7>');
    c.peer('. 1:1(0) ack 1');
    c.accept();
    c.write(1000);
    c.sends('. 1:601(600) ack 1');
    c.sends('P. 601:1001(400) ack 1');
  });

  test('a smaller advmss does not bound what is sent, as on Linux', () => {
    const c = listening();
    run(c, 'ip route add 10.0.0.2 dev eth0 advmss 600');
    c.peer('S 0:0(0) win 50000 <mss 1460>');
    c.sends('S. 0:0(0) ack 1 <mss 600>');
    c.peer('. 1:1(0) ack 1');
    c.accept();
    c.write(1460);
    c.sends('P. 1:1461(1460) ack 1');
  });

  test('mtu alone lowers the MSS that is announced', () => {
    const c = listening();
    run(c, 'ip route add 10.0.0.2 dev eth0 mtu 1000');
    c.peer('S 0:0(0) win 50000 <mss 1460>');
    c.sends('S. 0:0(0) ack 1 <mss 960>');
  });

  test('a connection keeps the way that it began with', () => {
    const c = connected();
    run(c, 'ip route add 10.0.0.2 dev eth0 mtu 1000');
    c.write(1460);
    c.sends('P. 1:1461(1460) ack 1');
  });
});

test('pfifo limit 0 drops what the host sends, until another queue takes its place', () => {
  const c = connected();
  run(c, 'tc qdisc replace dev eth0 root pfifo limit 0');
  c.write(10);
  c.sendsNothing(ms(100));
  expect(c.host.counters.IpOutDiscards).toBe(1);
  run(c, 'tc qdisc replace dev eth0 root fq limit 0');
  c.sendsAfter(ms(100), 'P. 1:11(10) ack 1', 'data'); // it was never sent, as far as TCP knows
});

describe('netem on an interface', () => {
  test('delays what is sent; a change leaves alone what is on its way', () => {
    const c = connected();
    run(c, 'tc qdisc add dev eth0 root netem delay 100ms');
    c.write(10);
    c.sendsNothing(ms(60));
    run(c, 'tc qdisc change dev eth0 root netem delay 10ms');
    c.sendsAfter(ms(40), 'P. 1:11(10) ack 1', 'data');
    run(c, 'tc qdisc delete dev eth0 root');
    c.peer('. 1:1(0) ack 11 win 50000');
    c.write(10);
    c.sends('P. 11:21(10) ack 1');
  });

  test('loses what its words say; who replaces it drops what waits', () => {
    const c = connected();
    run(c, 'tc qdisc add dev eth0 root netem loss list 1 delay 1ms');
    c.write(10);
    c.sendsNothing(ms(10));
    c.sendsAfter(ms(191), 'P. 1:11(10) ack 1', 'rto');
    c.write(10);
    run(c, 'tc qdisc replace dev eth0 root codel');
    c.sendsNothing(ms(5));
  });
});

describe('tcpdrop', () => {
  test('tells the peer by RST and the program by ECONNABORTED', () => {
    const c = connected();
    expect(run(c, 'tcpdrop 10.0.0.1 80 10.0.0.2 40000')).toBe(
      '10.0.0.1 80 10.0.0.2 40000: dropped\n',
    );
    c.sends('R. 1:1(0) ack 1', 'tcpdrop');
    c.is('CLOSED');
    expect(errnoOf(() => c.socket?.send(new Uint8Array(1), c.now))).toBe('ECONNABORTED');
  });

  test('-s drops those in one state; TIME-WAIT goes without a word', () => {
    const c = connected();
    run(c, 'tcpdrop -s TIME_WAIT');
    c.is('ESTABLISHED');
    expect(run(c, 'tcpdrop -l -s ESTABLISHED')).toBe('tcpdrop 10.0.0.1 80 10.0.0.2 40000\n');
    c.is('ESTABLISHED');
    run(c, 'tcpdrop -s ESTABLISHED');
    c.sends('R. 1:1(0) ack 1');
    c.is('CLOSED');
  });

  test('of a SYN that nobody has answered nothing is sent', () => {
    const c = connecting();
    c.sends('S 0:0(0)');
    run(c, 'tcpdrop -a');
    c.sendsNothing(seconds(5));
    c.is('CLOSED');
  });
});

describe('counters', () => {
  test('of a connection that is accepted, sends, retransmits and is reset', () => {
    const c = connected({ syn: FULL });
    expect(counted(c)).toEqual({
      TcpPassiveOpens: 1,
      TcpInSegs: 2,
      TcpOutSegs: 1,
      TcpExtTCPPureAcks: 1,
    });
    c.write(10);
    c.sends('P. 1:11(10) ack 1');
    c.sendsAfter(ms(200), 'P. 1:11(10) ack 1', 'tail-loss-probe');
    c.sendsAfter(ms(200), 'P. 1:11(10) ack 1', 'rto');
    c.peer('R. 1:1(0) ack 1');
    expect(counted(c)).toEqual({
      TcpPassiveOpens: 1,
      TcpEstabResets: 1,
      TcpInSegs: 3,
      TcpOutSegs: 2, // each once (RFC 4022)
      TcpRetransSegs: 2,
      TcpExtTCPPureAcks: 1,
      TcpExtTCPTimeouts: 1,
      TcpExtTcpTimeoutRehash: 1,
      TcpExtTCPLossProbes: 1,
      TcpExtTCPOrigDataSent: 1,
    });
  });

  test('of an open that is refused', () => {
    const c = connecting();
    c.sends('S 0:0(0)');
    c.peer('R. 0:0(0) ack 1');
    const segments = { TcpInSegs: 1, TcpOutSegs: 1 };
    expect(counted(c)).toEqual({ TcpActiveOpens: 1, TcpAttemptFails: 1, ...segments });
  });

  test('of challenges', () => {
    const c = connected();
    c.peer('S 100:100(0)');
    c.sends('. 1:1(0) ack 1', 'challenge-ack-syn');
    expect(counted(c)).toMatchObject({ TcpExtTCPChallengeACK: 1, TcpExtTCPSYNChallenge: 1 });
  });

  test('nstat prints what came since it was last asked', () => {
    const c = connected();
    const row = (name: string, count: number): string =>
      `${name.padEnd(32)}${String(count).padEnd(16)}   0.0\n`;
    expect(run(c, 'nstat TcpIn* Udp*')).toBe(`#kernel\n${row('TcpInSegs', 2)}`);
    expect(run(c, 'nstat')).toBe('#kernel\n');
    c.peer('. 1:1(0) ack 1');
    expect(run(c, 'nstat -s TcpInSegs')).toBe(`#kernel\n${row('TcpInSegs', 1)}`);
    expect(run(c, 'nstat -n')).toBe('');
    expect(run(c, 'nstat TcpInSegs')).toBe('#kernel\n');
    expect(run(c, 'nstat -a TcpInSegs')).toBe(`#kernel\n${row('TcpInSegs', 3)}`);
    expect(run(c, 'nstat -z UdpNoPort?')).toBe(`#kernel\n${row('UdpNoPorts', 0)}`);
  });

  test('hang on causes that there are', () => {
    const folder = join(import.meta.dirname, '../../src/stack');
    const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const names = [...code.matchAll(/\bcause\(\s*'([^']*)'/g)].map(([, name]) => name);
    for (const name of [...COUNTED_DROPS.keys(), ...COUNTED_ENDS.keys()]) {
      expect(names).toContain(name);
    }
  });
});
