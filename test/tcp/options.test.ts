/** What the two SYNs agree on, and options that are none. */
import { describe, expect } from 'vitest';
import { PATH_MTU_DISCOVERY } from '../../src/stack/posix/constants.ts';
import {
  freebsd,
  type HostProfile,
  linux6,
  ms,
  rfc,
  type SynOption,
} from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import {
  connected,
  connectedActively,
  connecting,
  errnoOf,
  FULL,
  Laboratory,
  listening,
} from '../help/peer.ts';

/** Linux with some of its options switched off. */
function without(...left: SynOption[]): HostProfile {
  const synOptions = linux6.tcp.synOptions.filter((name) => !left.includes(name));
  return { ...linux6, tcp: { ...linux6.tcp, synOptions } };
}

// prettier-ignore
const LAYOUTS = [
  { name: 'all', profile: linux6, layout: 'mss 1460,sackOK,TS,nop,wscale 7' },
  { name: 'no timestamps', profile: without('timestamps'), layout: 'mss 1460,nop,nop,sackOK,nop,wscale 7' },
  { name: 'no SACK', profile: without('sack-permitted'), layout: 'mss 1460,nop,nop,TS,nop,wscale 7' },
  { name: 'no scaling', profile: without('window-scale'), layout: 'mss 1460,sackOK,TS' },
  { name: 'scaling only', profile: without('timestamps', 'sack-permitted'), layout: 'mss 1460,nop,wscale 7' },
  { name: 'timestamps only', profile: without('sack-permitted', 'window-scale'), layout: 'mss 1460,nop,nop,TS' },
  { name: 'SACK only', profile: without('timestamps', 'window-scale'), layout: 'mss 1460,nop,nop,sackOK' },
  { name: 'none', profile: without('timestamps', 'window-scale', 'sack-permitted'), layout: 'mss 1460' },
];

test.onlyIpv4('ip_no_pmtu_disc')(
  'what one host says of path MTU discovery is not what another does',
  () => {
    const unsearching = { ...linux6, pathMtu: { ...linux6.pathMtu, isOff: 1 } };
    const discovery = [linux6, unsearching].map((profile) => {
      const c = connecting({ profile });
      c.sends('S 0:0(0)');
      return c.socket?.tcb?.mtuDiscovery;
    });
    const { IP_PMTUDISC_DONT, IP_PMTUDISC_WANT } = PATH_MTU_DISCOVERY;
    expect(discovery).toEqual([IP_PMTUDISC_WANT, IP_PMTUDISC_DONT]);
  },
);

test('RFC 9293 §3.7.1: on Ethernet the MSS is 1460, over IPv6 1440', () => {
  const c = connecting({ mtu: 1500 });
  c.sends(`S 0:0(0) <mss ${c.family.isVersion6 ? 1440 : 1460},...>`);
});

describe('LINUX §2.1, §2.2: the layouts of options', () => {
  test.each(LAYOUTS)('of a SYN: $name', ({ profile, layout }) => {
    const c = connecting({ profile });
    c.sends(`S 0:0(0) <${layout}>`);
  });

  test.each(LAYOUTS)('of a SYN,ACK that answers such a SYN: $name', ({ layout }) => {
    const c = listening();
    c.peer(`S 0:0(0) win 1000 <${layout.replace('TS', 'TS val 1 ecr 0')}>`);
    c.sends(`S. 0:0(0) ack 1 <${layout}>`);
  });

  test.each(LAYOUTS)('of a SYN,ACK when the listener has less: $name', ({ profile, layout }) => {
    const c = listening({ profile });
    c.peer(`S 0:0(0) win 1000 ${FULL}`);
    c.sends(`S. 0:0(0) ack 1 <${layout}>`);
  });

  test('Windows 7 is answered as walk-throughs show it', () => {
    const c = listening();
    c.peer('S 0:0(0) win 8192 <mss 1460,nop,wscale 8,nop,nop,sackOK>');
    c.sends('S. 0:0(0) ack 1 win 64240 <mss 1460,nop,nop,sackOK,nop,wscale 7>');
  });
});

// prettier-ignore
test.each([
  { name: 'no MSS: 536, over IPv6 1220 (MUST-15)', syn: '<>', segment: undefined },
  { name: 'an MSS of zero says nothing', syn: '<mss 0>', segment: undefined },
  { name: 'a small one', syn: '<mss 100>', segment: 100 },
  { name: 'one as large as ours', syn: '<mss 1460>', segment: 1460 },
  { name: 'a larger one: our MTU decides (MUST-16)', syn: '<mss 8960>', segment: 1460 },
  { name: 'less the timestamps that each segment carries', syn: '<mss 1000,nop,nop,TS val 1 ecr 0>', segment: 988 },
])('RFC 9293 §3.7.1: the length of full segments: $name', ({ syn, segment: told }) => {
  const c = connected({ syn });
  const segment = told ?? c.family.defaultMss;
  c.write(4000);
  c.sends(`. 1:${1 + segment}(${segment}) ack 1`);
  c.laboratory.sent.length = 0;
});

test.each([
  { profile: linux6, segment: 48 }, // tcp_min_snd_mss
  { profile: freebsd, segment: 216 }, // net.inet.tcp.minmss
  { profile: rfc, segment: 20 }, // MUST-16
])('an MSS of 20 octets: segments of $segment from $profile.name', ({ profile, segment }) => {
  const c = connected({ profile, syn: '<mss 20>' });
  c.write(400);
  c.sends(`. 1:${1 + segment}(${segment}) ack 1`);
  c.laboratory.sent.length = 0;
});

test('TCP_MAXSEG bounds what is announced and what is sent', () => {
  const c = connected({ socket: { TCP_MAXSEG: 500 } });
  c.write(1000);
  c.sends('. 1:501(500)');
  c.sends('P. 501:1001(500)');
  const d = connecting({ socket: { TCP_MAXSEG: 500 } });
  d.sends('S 0:0(0) <mss 500,...>');
});

test('a buffer of 0 octets is one of 1: the connection goes on, a packet at a time', () => {
  const c = connected({ socket: { SO_RCVBUF: 3000 }, window: 1000 });
  c.socket?.setOption('SO_RCVBUF', 0, 0);
  c.socket?.setOption('SO_SNDBUF', 0, 0);
  expect([c.socket?.getOption('SO_RCVBUF'), c.socket?.getOption('SO_SNDBUF')]).toEqual([1, 1]);
  expect(c.write(2000)).toBe(500);
  c.sends('. 1:501(500) ack 1 win 2920');
  c.peer('P. 1:2921(2920) ack 501');
  c.sendsAfter(ms(40), '. 501:501(0) ack 2921 win 0', 'delayed-ack');
  const d = connecting({ socket: { SO_RCVBUF: 0 } });
  d.sends('S 0:0(0) win 1');
});

test.each([
  { option: 'TCP_MAXSEG', value: 87 },
  { option: 'TCP_MAXSEG', value: 32_768 },
  { option: 'SO_RCVBUF', value: 2 ** 31 },
  { option: 'TCP_NODELAY', value: 0.5 },
] as const)('EINVAL: $option $value', ({ option, value }) => {
  const socket = new Laboratory().host.tcpSocket();
  expect(errnoOf(() => socket.setOption(option, value, 0))).toBe('EINVAL');
});

describe('RFC 9293 §3.2: options that are none', () => {
  // prettier-ignore
  test.each([
    { name: 'MUST-6: an unknown kind is skipped by its length', syn: '<hex fe06aabbccdd,mss 700>', segment: 700 },
    { name: 'MUST-7: a length of zero ends the reading', syn: '<mss 700,hex fe00,nop,nop>', segment: 700 },
    { name: 'MUST-7: what follows it is not read', syn: '<hex fe00,mss 700,nop,nop>', segment: undefined },
    { name: 'MUST-7: a length of one', syn: '<hex fe01,nop,nop,mss 700>', segment: undefined },
    { name: 'MUST-7: a length beyond the header', syn: '<hex feff,nop,nop,mss 700>', segment: undefined },
    { name: 'the end of the list ends it', syn: '<eol,nop,nop,nop,mss 700>', segment: undefined },
    { name: 'an MSS of a wrong length is unknown', syn: '<hex 0206aabbccdd,nop,nop>', segment: undefined },
    { name: 'of two MSS the last counts', syn: '<mss 600,mss 700>', segment: 700 },
  ])('$name', ({ syn, segment: told }) => {
    const c = listening();
    const segment = told ?? c.family.defaultMss;
    // The notation writes lengths that fit; those that do not are put in afterwards.
    const impossible = /hex (fe|02)(00|01|ff)/.exec(syn);
    const frame = c.frame(`S 0:0(0) win 60000 ${syn}`);
    const { options } = frame.tcp ?? {};
    if (impossible !== null && options !== undefined) {
      const at = options.indexOf(0xfe);
      options[at + 1] = Number.parseInt(impossible[2] ?? '', 16);
    }
    c.laboratory.receive(frame);
    c.sends('S. 0:0(0) ack 1 <mss 1460>');
    c.peer('. 1:1(0) ack 1');
    c.accept();
    c.write(2000);
    c.sends(`. 1:${1 + segment}(${segment})`);
    c.laboratory.sent.length = 0;
  });
});

test('RFC 7323 §2.2: after SYNs with scaling every window is scaled, those of the SYNs are not', () => {
  const c = connected({ syn: '<mss 1460,nop,wscale 3>', window: 100 });
  expect(c.tcb?.snd.wnd).toBe(800);
  c.peer('. 1:1(0) ack 1 win 1000');
  expect(c.tcb?.snd.wnd).toBe(8000);
  const d = connectedActively({ syn: '<mss 1460,nop,wscale 3>', window: 100 });
  expect(d.tcb?.snd.wnd).toBe(100);
  d.peer('. 1:1(0) ack 1 win 100');
  expect(d.tcb?.snd.wnd).toBe(800);
});

test('RFC 7323 §2.2: scaling in a segment that is no SYN means nothing', () => {
  const c = connected({ syn: '<mss 1460,nop,wscale 3>', window: 500 });
  c.peer('. 1:1(0) ack 1 win 1000 <nop,wscale 9>');
  expect(c.tcb?.snd.wnd).toBe(8000);
});

test('RFC 7323 §1.3: one side without scaling, and no window is scaled', () => {
  const c = connected({ syn: '<mss 1460>', window: 1000 });
  expect(c.tcb?.snd.wnd).toBe(1000);
  c.write(1);
  c.sends('P. 1:2(1) ack 1 win 64240');
});
