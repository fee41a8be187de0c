/**
 * Random scripts: a connection comes to be, and then one step after the other is chosen by a
 * category's weights, in the light of what the stack has sent so far. One seed gives one draft.
 */
import type { Mode } from '../run/configuration.ts';
import type { StackFactory } from '../stack-under-test.ts';
import type { Microseconds } from '../syntax/script.ts';
import { SCRIPT_CATEGORIES, type Category, type PassingStep, type Step } from './categories.ts';
import { Chance } from './chance.ts';
import type { Draft } from './draft.ts';
import { open } from './opening.ts';
import { PROGRAM_STEPS, type ProgramStep } from './program-steps.ts';
import { REMOTE_STEPS, type RemoteStep } from './remote-steps.ts';
import type { Scene } from './scene.ts';

/** What passes before a step, in microseconds, and how often. */
const GAPS: Readonly<Record<string, number>> = {
  0: 20,
  1000: 12,
  3000: 10,
  10_000: 30,
  20_000: 30,
  30_000: 20,
  55_000: 15,
  100_000: 15,
  150_000: 6,
  270_000: 3,
};

/** How long is waited where nothing else happens. */
const WAITS: Readonly<Record<PassingStep, readonly Microseconds[]>> = {
  wait: [5000, 20_000, 70_000, 120_000],
  waitLong: [150_000, 300_000, 450_000, 700_000, 1_200_000],
};

/** So long after the last step nothing is on its way any more. */
const AT_REST: Microseconds = 60_000;
/** Beyond every window: at the end this draws an answer, which shows that no other came before. */
const FAR_BEYOND = 2_000_000;

/** A draft of the category, or `undefined` when the connection does not last so long. */
export function randomDraft(
  name: string,
  seed: number,
  makeStack: StackFactory,
  mode: Mode = 'ipv4',
): Draft | undefined {
  const category = SCRIPT_CATEGORIES[name];
  if (category === undefined) throw new RangeError(`no category is called ${name}`);
  const chance = new Chance(seedOf(name, seed));
  const { scene, settings } = open(category, chance);
  const draft = { category: name, seed, settings };
  for (let left = chance.between(category.fewest, category.most); left > 0; left--) {
    scene.time += Number(chance.weighted(GAPS));
    if (!scene.look(draft, makeStack, mode)) return undefined;
    take(stepFor(scene, category), scene);
  }
  scene.time += chance.pick([30_000, 60_000, 100_000]);
  if (scene.hasSocket) PROGRAM_STEPS.look(scene);
  scene.time += AT_REST;
  scene.opensBy(scene.segment({ flags: 'P.', start: scene.remote.next + FAR_BEYOND, length: 100 }));
  return { ...draft, happenings: scene.happenings };
}

/** The same seed gives other scripts in each category. */
function seedOf(name: string, seed: number): number {
  let salt = 0;
  for (const character of name) salt = Math.imul(salt, 31) + character.charCodeAt(0);
  return Math.imul(seed, 7919) ^ salt;
}

/** The next step; a program that has no socket can do nothing. */
function stepFor({ chance, hasSocket }: Scene, { weights }: Category): Step {
  if (hasSocket) return chance.weighted(weights);
  const others = Object.entries(weights).filter(([step]) => !isProgramStep(step as Step));
  return chance.weighted<Step>(Object.fromEntries(others));
}

function take(step: Step, scene: Scene): void {
  if (isProgramStep(step)) PROGRAM_STEPS[step](scene);
  else if (isRemoteStep(step)) REMOTE_STEPS[step](scene);
  else scene.time += scene.chance.pick(WAITS[step]);
}

function isProgramStep(step: Step): step is ProgramStep {
  return step in PROGRAM_STEPS;
}

function isRemoteStep(step: Step): step is RemoteStep {
  return step in REMOTE_STEPS;
}
