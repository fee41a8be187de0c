/** Every move of the table is made by something that a peer or a program does, and no other. */
import { expect } from 'vitest';
import { NEXT, seconds, type TcpState } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { connected, connecting, type Conversation, listening } from '../help/peer.ts';

/** Moves that the RFC draws and this implementation makes in two steps, or not at all. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'LISTEN → SYN-SENT': 'sockets cannot SEND in LISTEN (§3.10.2; SHLD of 1122 §4.2.3.1)',
  'SYN-RECEIVED → LISTEN': 'the listener never left; the new connection goes to CLOSED',
  'SYN-RECEIVED → FIN-WAIT-1': 'the FIN waits for ESTABLISHED (§3.10.4 allows to queue it)',
  'SYN-RECEIVED → CLOSE-WAIT': 'a FIN that acknowledges our SYN goes over ESTABLISHED',
};

type Story = () => Conversation;

const synSent: Story = () => {
  const c = connecting();
  c.sends('S 0:0(0)');
  return c;
};
const synReceived: Story = () => {
  const c = listening();
  c.peer('S 0:0(0) win 1000');
  c.sends('S. 0:0(0) ack 1');
  return c;
};
const finWait1: Story = () => {
  const c = connected();
  c.shutdown();
  c.sends('F. 1:1(0) ack 1');
  return c;
};
const finWait2: Story = () => {
  const c = finWait1();
  c.peer('. 1:1(0) ack 2');
  return c;
};
const closing: Story = () => {
  const c = finWait1();
  c.peer('F. 1:1(0) ack 1');
  c.sends('. 2:2(0) ack 2');
  return c;
};
const closeWait: Story = () => {
  const c = connected();
  c.peer('F. 1:1(0) ack 1');
  c.sends('. 1:1(0) ack 2');
  return c;
};
const lastAck: Story = () => {
  const c = closeWait();
  c.close();
  c.sends('F. 1:1(0) ack 2');
  return c;
};
const timeWait: Story = () => {
  const c = finWait2();
  c.peer('F. 1:1(0) ack 2');
  c.sends('. 2:2(0) ack 2');
  return c;
};

/** A RST where the next octet is due ends any connection. */
function reset(c: Conversation, seq: number): Conversation {
  c.peer(`R ${seq}:${seq}(0)`);
  return c;
}

function then(story: Story, ...steps: ((c: Conversation) => void)[]): Conversation {
  const c = story();
  for (const step of steps) step(c);
  return c;
}

const STORIES: readonly Story[] = [
  () => then(listening, (c) => c.listener?.close(c.now)),
  () => then(connected),
  () =>
    then(
      synSent,
      (c) => c.peer('S. 0:0(0) ack 1'),
      (c) => void c.sends('. 1:1(0) ack 1'),
    ),
  () =>
    then(
      synSent,
      (c) => c.peer('S 0:0(0)'),
      (c) => void c.sends('S. 0:0(0) ack 1'),
    ),
  () => then(synSent, (c) => c.close()),
  () => reset(synReceived(), 1),
  () => reset(connected(), 1),
  () => reset(finWait1(), 1),
  () => reset(finWait2(), 1),
  () => reset(closing(), 2),
  () => reset(closeWait(), 2),
  () => reset(lastAck(), 2),
  () => reset(timeWait(), 2),
  () => then(closing, (c) => c.peer('. 2:2(0) ack 2')),
  () => then(lastAck, (c) => c.peer('. 2:2(0) ack 2')),
  () =>
    then(
      finWait1,
      (c) => c.peer('F. 1:1(0) ack 2'),
      (c) => void c.sends('. 2:2(0) ack 2'),
      (c) => c.after(seconds(60)),
    ),
];

test('RFC 9293 §3.3.2: every move of NEXT is made, but for those that are listed here', () => {
  const made = new Set(STORIES.flatMap((story) => story().laboratory.moves));
  const allowed = Object.entries(NEXT).flatMap(([from, list]) =>
    list.map((to: TcpState) => `${from} → ${to}`),
  );
  const missing = allowed.filter((move) => !made.has(move));
  const direct = missing.filter((move) => move !== 'FIN-WAIT-1 → TIME-WAIT');
  expect(direct.toSorted()).toEqual(Object.keys(ELSEWHERE).toSorted());
  expect([...made].filter((move) => !allowed.includes(move))).toEqual([]);
});

test('a FIN that acknowledges ours goes from FIN-WAIT-1 over FIN-WAIT-2 to TIME-WAIT', () => {
  const c = finWait1();
  c.peer('F. 1:1(0) ack 2');
  c.sends('. 2:2(0) ack 2');
  expect(c.laboratory.moves.slice(-2)).toEqual([
    'FIN-WAIT-1 → FIN-WAIT-2',
    'FIN-WAIT-2 → TIME-WAIT',
  ]);
});

test('RFC 9293 §3.10.7.4: in CLOSING a repeated FIN is answered and changes nothing', () => {
  const c = closing();
  c.peer('F. 1:1(0) ack 1');
  c.sends('. 2:2(0) ack 2', 'old-text');
  c.is('CLOSING');
});
