/** `--seed`. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError for what is no seed */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError('a seed is a whole number from 0 to 2^53 - 1.');
  }
  return seed;
}
