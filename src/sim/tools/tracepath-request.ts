/** What `tracepath` is asked for by its words (tracepath(8)). */
import type { Process } from '../process.ts';
import { type Destination, findDestination } from './destination.ts';
import { ICMP_VERSION_4, icmpFor } from './icmp-answers.ts';
import { ArgumentError, numberOption, readCommandLine } from './options.ts';

const FIRST_PORT = 44_444;

export interface TracepathRequest extends Destination {
  readonly length: number;
  readonly hops: number;
  readonly port: number;
  readonly isNumeric: boolean;
  /** Whether names and addresses are both shown. */
  readonly showsBoth: boolean;
}

/** @throws RangeError for what tracepath would refuse */
export async function readTracepath(
  process: Process,
  words: readonly string[],
): Promise<TracepathRequest> {
  const line = readCommandLine(words, '46nbl:m:p:');
  const { options, operands } = line;
  const asked = {
    hops: numberOption(line, 'm', 30, 0, 255),
    isNumeric: options.has('n'),
    showsBoth: options.has('b'),
  };
  const wanted = numberOption(line, 'p', FIRST_PORT, 0, 0xffff);
  const length = numberOption(line, 'l', 0, 0, 0x7fff_ffff);
  const [operand, extra] = operands;
  if (operand === undefined || extra !== undefined) {
    throw new RangeError('usage: tracepath [options] <destination>');
  }
  const [host = '', port] = operand.split('/'); // `10.0.0.1/6000`: an old way to say the port
  const version = options.has('6') ? 6 : options.has('4') ? 4 : undefined;
  const destination = await findDestination(process, host, version).catch((error: unknown) => {
    throw error instanceof RangeError ? new ArgumentError(error.message) : error;
  });
  const { headers } = icmpFor(destination.address);
  if (options.has('l') && length <= headers) {
    throw new ArgumentError(`pktlen must be within: ${headers} < value <= 2147483647`);
  }
  const usual = headers === ICMP_VERSION_4.headers ? 65_535 : 128_000;
  return { ...asked, ...destination, length: length || usual, port: Number(port ?? wanted) };
}
