/** ECN (RFC 3168) where Linux differs from it; the rest is `test/drill/ecn`. */
import { expect } from 'vitest';
import { type HostProfile, linux6, rfc, seconds } from '../../src/stack/index.ts';
import { EcnField } from '../../src/stack/tcp/ecn/ecn-field.ts';
import { test } from '../help/family-test.ts';
import { connecting, listening, type SentFrame } from '../help/peer.ts';

const { notEct, ect0 } = EcnField;

function withEcn(profile: HostProfile): HostProfile {
  const { tcp } = profile;
  return { ...linux6, tcp: { ...linux6.tcp, ecn: { ...tcp.ecn, mode: 1 } } };
}

function fieldOf({ frame }: SentFrame): number {
  return (frame.ipv4?.tos ?? frame.ipv6?.trafficClass ?? 0) & 3;
}

test.each([
  ['Linux', linux6, ect0],
  ['RFC 3168 §6.1.1', rfc, notEct],
] as const)('%s: data of who has sent a SYN without ECN', (_, profile, field) => {
  const c = connecting({ profile: withEcn(profile) });
  c.sends('SEW 0:0(0)');
  c.sendsAfter(seconds(1), 'S 0:0(0)');
  c.peer('SE. 0:0(0) ack 1 win 65535 <mss 1460>');
  c.sends('. 1:1(0) ack 1');
  c.write(100);
  expect(fieldOf(c.sends('PW. 1:101(100) ack 1'))).toBe(field); // the timeout was one as any
  // It takes part all the same.
  c.peer('E. 1:1(0) ack 101');
  c.write(100);
  expect(fieldOf(c.sends('PW. 101:201(100) ack 1'))).toBe(field);
});

test.each([
  ['Linux', linux6, ect0],
  ['RFC 3168 §6.1.1', rfc, notEct],
] as const)('%s: data to who has sent a SYN without ECN', (_, profile, field) => {
  const c = listening({ profile: withEcn(profile) });
  c.peer('SEW 0:0(0) win 65535 <mss 1460>');
  c.sends('SE. 0:0(0) ack 1');
  c.after(seconds(0.6));
  c.peer('S 0:0(0) win 65535 <mss 1460>');
  c.sends('SE. 0:0(0) ack 1');
  c.peer('. 1:1(0) ack 1');
  c.accept();
  c.write(100);
  expect(fieldOf(c.sends('P. 1:101(100) ack 1'))).toBe(field);
});
