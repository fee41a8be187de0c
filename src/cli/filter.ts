/** `--filter`. */
import { InvalidArgumentError } from 'commander';
import { Filter } from '../tcpdump/index.ts';
import { LinkType } from '../wire/index.ts';

/** @throws InvalidArgumentError for what is no filter of Ethernet frames */
export function parseFilter(text: string): Filter {
  try {
    const filter = new Filter(text);
    filter.compileFor(LinkType.ethernet);
    return filter;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}
