/** What packets show of systems other than Linux: schedules, windows, clocks, numbers and RSTs. */
import { describe, expect } from 'vitest';
import {
  type HostProfile,
  linux6,
  macos,
  ms,
  seconds,
  windows10,
  windows11,
  windows7,
} from '../../src/stack/index.ts';
import { type FrameFields, Ipv4Flag } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { connecting, Conversation, FIRST_ID, Laboratory, listening } from '../help/peer.ts';

// prettier-ignore
describe.each([
  { profile: windows10, waits: [1, 2, 4, 8], last: 6 }, // 21 s in all
  { profile: macos, waits: [1, 1, 1, 1, 1, 2, 4, 8, 16, 32], last: 8 }, // tcp_syn_backoff[], 75 s
])('SYNs of $profile.name', ({ profile, waits, last }) => {
  test('go again until its patience is over', () => {
    const c = connecting({ profile });
    c.laboratory.takeFrame();
    for (const wait of waits) c.sendsAfter(seconds(wait), 'S 0:0(0)', 'syn-timeout');
    c.sendsNothing(seconds(last) - 1);
    c.is('SYN-SENT');
    c.sendsNothing(1);
    c.is('CLOSED');
  });
});

// prettier-ignore
test.each([
  { profile: windows7, syn: 8192, acknowledgment: 256 },
  { profile: windows10, syn: 64_240, acknowledgment: 1026 },
  { profile: windows11, syn: 65_535, acknowledgment: 256 },
])('windows as captures show them: $profile.name', ({ profile, syn, acknowledgment }) => {
  const c = connecting({ profile });
  c.sends(`S 0:0(0) win ${syn}`);
  c.peer('S. 0:0(0) ack 1 win 64240 <mss 1460,nop,nop,sackOK,nop,wscale 7>');
  c.sends(`. 1:1(0) ack 1 win ${acknowledgment}`);
});

test('windows as captures show them: macos', () => {
  const c = connecting({ profile: macos });
  c.sends('SEW 0:0(0) win 65535');
  c.peer('S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>');
  c.sends('. 1:1(0) ack 1 win 2058');
});

// prettier-ignore
test.each([
  { profile: windows7, tsVal: 123 }, // 100 Hz
  { profile: windows10, tsVal: 1234 },
])('timestamps of $profile.name count its own ticks', ({ profile, tsVal }) => {
  const c = listening({ profile, uptime: ms(1234) });
  c.peer('S 0:0(0) win 1000 <mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7>');
  c.sends(`S. 0:0(0) ack 1 <mss 1460,nop,wscale 8,sackOK,TS val ${tsVal} ecr 5>`);
});

test('RSTs and connections of Windows count on together', () => {
  const c = listening({ profile: windows7 });
  c.peer('S 0:0(0) win 1000 <mss 1460>');
  c.sends(`S. 0:0(0) ack 1 id ${FIRST_ID}`);
  const other = new Conversation(c.laboratory, { hostPort: 81 });
  other.countFrom(0);
  other.peer('S 0:0(0)');
  other.sends(`R. 0:0(0) ack 1 id ${FIRST_ID + 1}`);
  c.peer('. 1:1(0) ack 1');
  c.peer('. 11:21(10) ack 1');
  c.sends(`. 1:1(0) ack 1 id ${FIRST_ID + 2}`);
});

test('RFC 6864 §4.1: connections of macOS have identification 0', () => {
  const c = listening({ profile: macos });
  c.peer('S 0:0(0) win 1000 <mss 1460>');
  c.sends('S. 0:0(0) ack 1 id 0');
});

/** The RST that refuses an ACK, in a packet with DF or without. */
function refusal(
  profile: HostProfile,
  flags: number,
): { isWhole: boolean; ack: boolean; id: number } {
  const laboratory = new Laboratory({ profile });
  const peer = new Conversation(laboratory, {});
  const { ipv4 } = peer.frame('. 5:5(0) ack 77');
  const changes: Partial<FrameFields> = ipv4 === undefined ? {} : { ipv4: { ...ipv4, flags } };
  peer.peer('. 5:5(0) ack 77', changes);
  const { ipv4: header, tcp } = laboratory.takeFrame() ?? {};
  if (header === undefined || tcp === undefined) throw new Error('nothing is refused');
  return {
    isWhole: (header.flags & Ipv4Flag.dontFragment) !== 0,
    ack: tcp.ack !== peer.frame('R 0:0(0)').tcp?.ack,
    id: header.id,
  };
}

// prettier-ignore
test.onlyIpv4('the fields of its header')('DF, the ACK field and the identification of a refusal', () => {
  const { dontFragment } = Ipv4Flag;
  expect(refusal(linux6, 0)).toEqual({ isWhole: true, ack: false, id: 0 });
  expect(refusal(windows7, 0)).toEqual({ isWhole: true, ack: true, id: FIRST_ID });
  expect(refusal(macos, 0)).toEqual({ isWhole: false, ack: false, id: FIRST_ID });
  expect(refusal(macos, dontFragment)).toEqual({ isWhole: true, ack: false, id: 0 });
});
