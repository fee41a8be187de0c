/** One world of any two hosts, judged: what the test and the campaign share. */
import { check, type Tally, type WorldOptions } from './world-options.ts';
import type { Party } from './world-party.ts';
import { connectionsLeft, expectNothingToDo, run } from './world.ts';
import { ConnectionLaws, type Sightings } from './connection-laws.ts';

/** @throws Error naming the law that the world breaks */
export function judgeWorld(world: WorldOptions, tally: Tally, seen: Sightings): void {
  const laws: ConnectionLaws[] = [];
  const outcome = run(world, tally, (party) => {
    const witness = new ConnectionLaws(party, seen);
    laws.push(witness);
    return witness;
  });
  expectDelivered(outcome.client, outcome.server);
  expectDelivered(outcome.server, outcome.client);
  expectNothingToDo(outcome);
  check(connectionsLeft(outcome).length === 0, `${connectionsLeft(outcome).join()} are left`);
  for (const witness of laws) witness.expectEmpty();
  const count = (name: string, times: number): void =>
    void tally.set(name, (tally.get(name) ?? 0) + times);
  for (const { judge } of [outcome.client, outcome.server]) {
    count('zero-window', judge.zeroWindows);
    count('sent-twice', judge.retransmitted);
  }
}

/** Nothing failed, and all of what one wrote was read by the other, and its end. */
function expectDelivered(writer: Party, reader: Party): void {
  const { side, error, judge, toWrite } = writer;
  check(error === undefined, `the ${side} has no error, not ${error}`);
  check(judge.resets === 0, `the ${side} sends no RST`);
  check(
    reader.read === toWrite.length && reader.atEnd,
    `the ${reader.side} reads ${toWrite.length} octets and the end, not ${reader.read}`,
  );
}
