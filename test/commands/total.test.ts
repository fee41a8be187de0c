/** Law: whatever words an administrator types, a command does it or says in a line why not. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Administrator } from '../../src/stack/index.ts';
import { connected } from '../help/peer.ts';

const COMMANDS = 'netstat ss ip ifconfig route arp sysctl nstat'.split(' ');

/** Words that commands know, and some that none does. */
const WORDS = `-a -n -t -u -p -o -e -l -r -i -s -x -w -W -4 -6 -an -tnlp -br -m -H -Q -O -z -q -N
  --tcp --all --foo - -- --pattern ( [ * addr link route neigh show get list add del flush eth0 lo
  eth9 dev 10.0.0.1 10.0.0.0/8 ::1 1.2.3.4.5 via src dst sport = :80 state established all nothing
  net.ipv4.tcp_sack net.ipv4.tcp_sack=1 =1 Tcp* brd + é`
  .split(/\s+/)
  .filter((word) => word !== '');

test('any words have an outcome', () => {
  const outcomes = new Map<number, number>();
  fc.assert(
    fc.property(
      fc.constantFrom(...COMMANDS),
      fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }),
      fc.constantFrom('root', 'student'),
      (command, words, user) => {
        const { host, now } = connected();
        const outcome = new Administrator(host).run([command, ...words], '', now, user)!;
        if (outcome.status !== 0) expect(outcome.output).toMatch(/.\n$/);
        const kind = Math.sign(outcome.status);
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      },
    ),
    { numRuns: 600 },
  );
  expect(outcomes.get(0), 'some are done').toBeGreaterThan(50);
  expect(outcomes.get(1), 'some are refused').toBeGreaterThan(50);
});
