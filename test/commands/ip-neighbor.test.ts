/** `ip neigh`, with the words of the real one (iproute2 6.1, Linux 6.18). */
import { expect, test } from 'vitest';
import { Administrator } from '../../src/stack/index.ts';
import { PEER_ADDRESS } from '../help/peer.ts';
import { Laboratory } from '../help/peer.ts';

test('neighbours are added, changed, shown, and forgotten', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  const administrator = new Administrator(laboratory.host);
  const run = (words: string): string => {
    const outcome = administrator.run(`ip neigh ${words}`.trim().split(' '), '', laboratory.now);
    return `${outcome?.status} ${outcome?.output}`;
  };
  expect(run('show')).toBe('0 ');
  expect(run('add 10.0.0.50 lladdr 02:00:00:00:00:50 dev eth0')).toBe('0 ');
  expect(run('add 10.0.0.50 lladdr 02:00:00:00:00:50 dev eth0')).toBe(
    '2 RTNETLINK answers: File exists\n',
  );
  expect(run('')).toBe('0 10.0.0.50 dev eth0 lladdr 02:00:00:00:00:50 PERMANENT \n');
  expect(run('replace 10.0.0.50 lladdr 02:00:00:00:00:51 dev eth0 nud stale')).toBe('0 ');
  expect(run('change 10.0.0.52 lladdr 02:00:00:00:00:51 dev eth0')).toBe(
    '2 RTNETLINK answers: No such file or directory\n',
  );
  expect(run('add 10.0.0.51 lladdr 02:00:00:00:00:51 dev eth0 nud reachable')).toBe('0 ');
  expect(run('show dev eth0')).toBe(
    '0 10.0.0.50 lladdr 02:00:00:00:00:51 STALE \n10.0.0.51 lladdr 02:00:00:00:00:51 REACHABLE \n',
  );
  expect(run('show nud stale')).toBe('0 10.0.0.50 dev eth0 lladdr 02:00:00:00:00:51 STALE \n');
  expect(run('show 10.0.0.51')).toBe('0 10.0.0.51 dev eth0 lladdr 02:00:00:00:00:51 REACHABLE \n');
  for (const words of ['get 10.0.0.51 dev eth0', 'get dev eth0 to 10.0.0.51']) {
    expect(run(words)).toBe('0 10.0.0.51 dev eth0 lladdr 02:00:00:00:00:51 REACHABLE \n');
  }
  expect(run('del 10.0.0.51 dev eth0')).toBe('0 ');
  expect(run('flush dev eth0')).toBe('0 ');
  expect(run('show nud stale')).toBe('0 ');
});

test('what it refuses', () => {
  const administrator = new Administrator(new Laboratory().host);
  // prettier-ignore
  const refusals = [
    ['get 10.0.0.51 dev eth0', '2 Error: Neighbour entry not found.\n'],
    ['get 10.0.0.51', '1 Device and address are required arguments.\n'],
    ['get dev eth0', '1 Device and address are required arguments.\n'],
    ['get 10.0.0.51 dev eth9', '1 Cannot find device "eth9"\n'],
    ['get foo dev eth0', '1 Error: any valid address is expected rather than "foo".\n'],
    ['add 10.0.0.51 dev eth0', '2 Error: No link layer address given.\n'],
    ['add 10.0.0.51 lladdr 02:00:00:00:00:51', '255 Device and destination are required arguments.\n'],
    ['add 10.0.0.51 lladdr zz dev eth0', '1 "zz" is invalid lladdr.\n'],
    ['bla', '255 Command "bla" is unknown, try "ip neigh help".\n'],
    ['flush', '1 Flush requires arguments.\n'],
    ['show dev eth9', '1 Cannot find device "eth9"\n'],
  ];
  for (const [words = '', expected] of refusals) {
    const outcome = administrator.run(`ip neigh ${words}`.split(' '), '', 0);
    expect(`${outcome?.status} ${outcome?.output}`).toBe(expected);
  }
});

test('one that does not answer is FAILED', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  laboratory.host.udpSocket().send(new Uint8Array(1), PEER_ADDRESS, 9, 0);
  laboratory.after(4_000_000_000);
  laboratory.sent.length = 0;
  const outcome = new Administrator(laboratory.host).run(['ip', 'neigh'], '', laboratory.now);
  expect(outcome?.output).toMatch(/^\d+\.\d+\.\d+\.\d+ dev eth0 FAILED \n$/);
});
