/**
 * A connection whose route goes: what is counted, by which timer it tries again, and what it ends
 * with, as Linux 6.18 showed when `ip route del` took the route of a connection between veths.
 */
import { describe, expect } from 'vitest';
import { Administrator, ms } from '../../src/stack/index.ts';
import type { RouteEntry } from '../../src/stack/ip/routing.ts';
import { RareTimer } from '../../src/stack/tcp/timers.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { connected, connecting, type Conversation, errnoOf, FULL } from '../help/peer.ts';

/** Takes the routes by eth0 away; gives how to bring them back. */
function cut({ tcb }: Conversation): () => void {
  const { routes } = tcb!.ip;
  const entries = routes.entries.filter(({ port }) => !port.interface.loopback);
  for (const entry of entries) routes.remove(entry);
  return () => entries.forEach((entry: RouteEntry) => routes.add(entry));
}

/** Packets without a route, and segments that count as sent: of data, again, and of all kinds. */
function counted({ host: { counters } }: Conversation): Record<string, number> {
  const { TcpOutSegs, TcpRetransSegs, TcpExtTCPOrigDataSent: data } = counters;
  const noRoute = counters.IpOutNoRoutes + counters.Ip6OutNoRoutes;
  return { sent: TcpOutSegs, again: TcpRetransSegs, data, noRoute };
}

/** Over IPv6 a packet that cannot be made is counted, too. */
function overIpv6(count: number): number {
  return familyOfTest().name === 'ipv6' ? count : 0;
}

describe('without a route', () => {
  test('new data is tried again by the probe of the window, which backs off', () => {
    const c = connected({ syn: FULL });
    cut(c);
    const before = counted(c);
    const cwnd = c.tcb!.window.cwnd;
    c.write(6);
    c.sendsNothing(ms(2850));
    expect(c.laboratory.drops).toEqual(Array(4).fill('tcp-no-way'));
    const sent = before['sent']! + 4;
    expect(counted(c)).toEqual({ ...before, sent, noRoute: 4 });
    expect(c.tcb).toMatchObject({ probeBackOff: 3, probes: 3 });
    expect(c.tcb!.timers.isRunning(RareTimer.persist)).toBe(true);
    expect(c.tcb!.window.cwnd).toBe(cwnd); // nothing is congested
  });

  test('it is delivered when there is one again', () => {
    const c = connected({ syn: FULL });
    const mend = cut(c);
    c.write(6);
    c.sendsNothing(ms(1000));
    mend();
    c.sendsAfter(ms(400), 'P. 1:7(6) ack 1');
  });

  test('nothing is sent again, and timeouts back off until the connection ends', () => {
    const c = connected({ syn: FULL });
    c.host.settings.tcp.retransmission.retries2 = 4;
    c.write(6);
    c.sends('P. 1:7(6) ack 1');
    cut(c);
    const before = counted(c);
    c.sendsNothing(ms(7000));
    expect(c.laboratory.drops).toEqual([]);
    expect(counted(c)).toEqual({ ...before, noRoute: overIpv6(5) }); // a probe and four timeouts
    expect(c.host.counters.TcpExtTCPTimeouts).toBe(5);
    expect(errnoOf(() => c.read())).toBe('ENETUNREACH');
  });

  test('a SYN is not repeated, and the connection ends with what the routes say', () => {
    const c = connecting();
    c.sends('S 0:0(0)');
    c.host.settings.tcp.retransmission.synRetries = 2;
    cut(c);
    const before = counted(c);
    c.sendsNothing(ms(60_000));
    expect(counted(c)).toMatchObject({ sent: before['sent'], again: 0 });
    expect(errnoOf(() => c.read())).toBe('ENETUNREACH');
  });

  test('keep-alives count as sent, and without an answer the connection ends', () => {
    const c = connected({
      socket: { SO_KEEPALIVE: 1, TCP_KEEPIDLE: 1, TCP_KEEPINTVL: 1, TCP_KEEPCNT: 3 },
    });
    cut(c);
    const before = counted(c);
    c.sendsNothing(ms(6000));
    expect(counted(c)).toEqual({ ...before, sent: before['sent']! + 4, noRoute: 4 });
    expect(c.host.counters).toMatchObject({ TcpExtTCPKeepAlive: 3, TcpExtTCPAbortFailed: 1 });
    expect(errnoOf(() => c.read())).toBe(overIpv6(1) > 0 ? 'ENETUNREACH' : 'ETIMEDOUT');
  });

  test('a RST counts as one, and as one that failed', () => {
    const c = connected();
    cut(c);
    c.abort();
    c.sendsNothing();
    const { TcpOutRsts, TcpExtTCPAbortFailed } = c.host.counters;
    expect([TcpOutRsts, TcpExtTCPAbortFailed, counted(c)['noRoute']]).toEqual([1, 1, 1]);
  });

  test.onlyIpv4('over IPv6 the address is not asked for')(
    'nothing leaves by an address that is gone',
    () => {
      const c = connected();
      const administrator = new Administrator(c.host);
      for (const words of [
        'ip addr add 10.0.0.9/24 dev eth0',
        'ip addr del 10.0.0.1/24 dev eth0',
        'ip route add 10.0.0.2 dev eth0',
      ]) {
        expect(administrator.run(words.split(' '), '', c.now)?.output).toBe('');
      }
      c.write(6);
      c.sendsNothing();
      expect(c.laboratory.drops).toEqual(['tcp-no-way']);
    },
  );
});
