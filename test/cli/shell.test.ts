/** `tcpetri shell`: lines from standard input, run on a host. */
import { expect, test } from 'vitest';
import { Desk } from './built.ts';

const desk = new Desk();

test('runs the lines that come by a pipe, one after the other', async () => {
  const { status, stdout, stderr } = await desk.shell(
    `printf 'date +%%T.%%N\\nsleep 1\\nssh server\\nhostname; date +%%T.%%N' | tcpetri shell handshake --at +0.1s`,
  );
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.toString()).toBe('12:00:00.100000000\nserver\n12:00:01.100000000\n');
});

test('--packets: those that are captured meanwhile', async () => {
  const { stdout } = await desk.shell(`echo 'sleep 0.01' | tcpetri shell handshake --packets`);
  const packets = stdout
    .toString()
    .split('\n')
    .filter((line) => /^\d/.test(line));
  expect(packets.map((line) => line.split(' ')[1])).toEqual(['ARP,', 'ARP,', 'IP']);
});

test('a time that is none: status 2 and one line, which names times that are', async () => {
  const { status, stderr } = await desk.tcpetri('shell', 'handshake', '--at', 'end');
  expect([status, stderr]).toEqual([
    2,
    'tcpetri: --at: not a time such as 12:00:01.5 or +1.5s: "end"\n',
  ]);
});
