/** `--netem`: what befalls frames in the bridge, in the words of tc-netem(8). */
import { InvalidArgumentError } from 'commander';
import { corrupt, duplicate, type Fault, jitter, loss, type PipeOptions } from '../../sim/index.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3 };
const FAULTS = { loss, duplicate, corrupt } as const;

/** `delay 10ms 2ms loss 1% duplicate 0.1% corrupt 0.1%`, any of them. */
export function parseImpairments(text: string): PipeOptions {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const faults: Fault[] = [];
  let latency = 0;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === 'delay') {
      latency = timeOf(words.shift());
      if (/^\d/.test(words[0] ?? '')) faults.push(jitter(timeOf(words.shift())));
    } else if (word === 'loss' || word === 'duplicate' || word === 'corrupt') {
      faults.push(FAULTS[word](shareOf(words.shift())));
    } else {
      throw new InvalidArgumentError(`"${word}" is not delay, loss, duplicate or corrupt.`);
    }
  }
  return { latency, faults };
}

function timeOf(word = ''): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(s|ms|us)$/.exec(word) ?? [];
  const time = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
  if (!Number.isSafeInteger(time)) throw new InvalidArgumentError(`"${word}" is no time.`);
  return time;
}

function shareOf(word = ''): number {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(word) ?? [];
  const share = Number(percent) / 100;
  if (!(share <= 1)) throw new InvalidArgumentError(`"${word}" is not 0% to 100%.`);
  return share;
}
