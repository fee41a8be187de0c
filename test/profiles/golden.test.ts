/**
 * What systems look like on the wire: their SYN, their SYN-ACK to a SYN that offers everything, and
 * what answers a segment for a port that nobody has, as tcpdump prints them. Each line follows from
 * the source beside it, not from what a profile says.
 */
import { describe, expect, test } from 'vitest';
import {
  freebsd,
  type HostProfile,
  linux26,
  linux3,
  linux4,
  linux6,
  lwip,
  openbsd,
  rfc,
  smoltcp,
} from '../../src/stack/index.ts';
import { Ipv4Flag } from '../../src/wire/index.ts';
import { connecting, Conversation, FULL, Laboratory, listening } from '../help/peer.ts';

interface Golden {
  readonly profile: HostProfile;
  /** Where the lines are from. */
  readonly source: string;
  readonly syn: string;
  readonly synAck: string;
  /** What answers a SYN, and what an ACK, where there is no connection. */
  readonly refusal: string;
  readonly reset: string;
  readonly ttl: number;
  readonly dontFragment: boolean;
}

/** Linux refuses as RFC 9293 §3.5.2 says, and nearly all do. */
const PLAIN_RESETS = { refusal: 'R. 0:0(0) ack 1 win 0', reset: 'R 1:1(0) win 0' };
const LINUX = { ttl: 64, dontFragment: true, ...PLAIN_RESETS };
const LINUX_OPTIONS = '<mss 1460,sackOK,TS,nop,wscale 7>';
const FREEBSD_OPTIONS = '<mss 1460,nop,wscale 6,sackOK,TS>';
const OPENBSD_OPTIONS = '<mss 1460,nop,nop,sackOK,nop,wscale 6,nop,nop,TS>';

const GOLDEN: readonly Golden[] = [
  {
    profile: linux6,
    source: 'captures of Linux 5.10 and 6.18',
    syn: `S 0:0(0) win 64240 ${LINUX_OPTIONS}`,
    synAck: `S. 0:0(0) ack 1 win 65160 ${LINUX_OPTIONS}`,
    ...LINUX,
  },
  {
    profile: linux4,
    source: 'tcp_select_initial_window() of Linux 4.15: 20 × 1460, 20 × 1448',
    syn: `S 0:0(0) win 29200 ${LINUX_OPTIONS}`,
    synAck: `S. 0:0(0) ack 1 win 28960 ${LINUX_OPTIONS}`,
    ...LINUX,
  },
  {
    profile: linux3,
    source: 'p0f.fp, "Linux 3.11 and newer": mss*20,7:mss,sok,ts,nop,ws:df,id+',
    syn: `S 0:0(0) win 29200 ${LINUX_OPTIONS}`,
    synAck: `S. 0:0(0) ack 1 win 28960 ${LINUX_OPTIONS}`,
    ...LINUX,
  },
  {
    profile: linux26,
    source: 'p0f.fp, "Linux 3.1-3.10", whose first windows CentOS 6 has: mss*10',
    syn: `S 0:0(0) win 14600 ${LINUX_OPTIONS}`,
    synAck: `S. 0:0(0) ack 1 win 14480 ${LINUX_OPTIONS}`,
    ...LINUX,
  },
  {
    profile: freebsd,
    source: 'p0f.fp, "FreeBSD 9.x or newer": 65535,6:mss,nop,ws,sok,ts:df,id+',
    syn: `S 0:0(0) win 65535 ${FREEBSD_OPTIONS}`,
    synAck: `S. 0:0(0) ack 1 win 65535 ${FREEBSD_OPTIONS}`,
    ...LINUX,
  },
  {
    profile: openbsd,
    source: 'p0f.fp, "OpenBSD 5.x": 16384,…:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+',
    syn: `S 0:0(0) win 16384 ${OPENBSD_OPTIONS}`,
    synAck: `S. 0:0(0) ack 1 win 16384 ${OPENBSD_OPTIONS}`,
    ...LINUX,
  },
  {
    profile: lwip,
    source: 'opt.h: TCP_MSS 536, TCP_WND 4 × 536, TTL 255; tcp_rst_common(): TCP_WND, RST|ACK',
    syn: 'S 0:0(0) win 2144 <mss 536>',
    synAck: 'S. 0:0(0) ack 1 win 2144 <mss 536>',
    refusal: 'R. 0:0(0) ack 1 win 2144',
    reset: 'R. 1:1(0) ack 1 win 2144',
    ttl: 255,
    dontFragment: false,
  },
  {
    profile: smoltcp,
    source: 'wire::tcp::Repr::emit(): MSS, window scale, SACK permitted, and ends of the list',
    syn: 'S 0:0(0) win 65535 <mss 1460,wscale 0,sackOK,eol>',
    synAck: 'S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 0,sackOK,eol>',
    ...LINUX,
  },
  {
    profile: rfc,
    source: 'RFC 7323, appendix A, for the layout; §2.3 for the largest scale',
    syn: 'S 0:0(0) win 65535 <mss 1460,nop,wscale 14,nop,nop,sackOK,nop,nop,TS>',
    synAck: 'S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 14,nop,nop,sackOK,nop,nop,TS>',
    ...LINUX,
  },
];

const family = 'ipv4';

describe.each(GOLDEN)('$profile.name: $source', (golden) => {
  const { profile, ttl } = golden;
  const flags = golden.dontFragment ? Ipv4Flag.dontFragment : 0;

  test('its SYN', () => {
    const c = connecting({ profile, family });
    const { frame } = c.sends(`${golden.syn} ttl ${ttl}`);
    expect(frame.ipv4?.flags).toBe(flags);
  });

  test('its SYN-ACK', () => {
    const c = listening({ profile, family });
    c.peer(`S 0:0(0) win 64240 ${FULL}`);
    const { frame } = c.sends(`${golden.synAck} ttl ${ttl}`);
    expect(frame.ipv4?.flags).toBe(flags);
  });

  test('what it answers where there is no connection', () => {
    const c = new Conversation(new Laboratory({ profile, family }));
    c.peer('S 0:0(0) win 1000');
    c.countFrom(0);
    c.sends(`${golden.refusal} ttl ${ttl}`);
    c.peer('. 1:1(0) ack 1');
    c.sends(`${golden.reset} ttl ${ttl}`);
  });
});
