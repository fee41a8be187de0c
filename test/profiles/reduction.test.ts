/** How the window falls after a loss: at once (RFC 5681, RFC 6675), or in proportion (RFC 6937). */
import { expect, test } from 'vitest';
import { type HostProfile, ms, openbsd } from '../../src/stack/index.ts';
import { FULL, listening } from '../help/peer.ts';

const SEGMENT = 1448;
const FLIGHT = 10;

/** The first of ten segments is lost: how many segments each SACK for another one draws. */
function drawn(profile: HostProfile): number[] {
  const c = listening({ profile, family: 'ipv4', socket: { SO_SNDBUF: 100_000 } });
  c.peer(`S 0:0(0) win 60000 ${FULL}`);
  c.sends('S. 0:0(0) ack 1');
  c.after(ms(50));
  c.peer('. 1:1(0) ack 1 win 60000 <nop,nop,TS val 150 ecr 0>');
  c.accept();
  c.write(100_000);
  c.laboratory.after(0);
  expect(c.laboratory.sent.splice(0).length).toBe(FLIGHT);
  c.after(ms(50));
  return Array.from({ length: FLIGHT - 1 }, (_, i) => {
    const end = 1 + SEGMENT * (i + 2);
    c.peer(`. 1:1(0) ack 1 <nop,nop,TS val 200 ecr 0,nop,nop,sack ${1 + SEGMENT}:${end}>`);
    c.laboratory.after(0);
    return c.laboratory.sent.splice(0).length;
  });
}

/** The same system with the other rule. */
const inProportion: HostProfile = {
  ...openbsd,
  tcp: { ...openbsd.tcp, lossRecovery: { ...openbsd.tcp.lossRecovery, reduces: 'in-proportion' } },
};

// Two draw new segments (RFC 3042), the third the fast retransmit: then nine are in the network.
test('RFC 6675 §5: silence until five are left, then a segment for each', () => {
  expect(drawn(openbsd)).toEqual([1, 1, 1, 0, 0, 0, 0, 1, 1]);
});

test('RFC 6937 §3: a segment for every second one from the start, until five are left', () => {
  expect(drawn(inProportion)).toEqual([1, 1, 1, 0, 1, 0, 1, 0, 0]);
});
