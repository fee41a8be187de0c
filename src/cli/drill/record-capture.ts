/** The connections of a capture file. */
import { type CapturedFrame, type Connection, findConnections } from '../../drill/index.ts';
import { concat, type IpAddress, readCapture } from '../../wire/index.ts';
import { captureChunks } from '../capture-input.ts';
import { describeFault, describeSystemError } from '../capture-words.ts';
import { InputError } from '../errors.ts';

/** What a script can be recorded from. */
export interface RecordSource {
  readonly connections: readonly Connection[];
  /** Addresses of the host under test, where that is known. */
  readonly localAddresses: ReadonlySet<IpAddress>;
  /** What the script should say of where it comes from. */
  readonly remarks: readonly string[];
}

/** @throws InputError when the file cannot be read to its end */
export async function readCaptureFile(file: string): Promise<RecordSource> {
  const { records, error } = readCapture(await bytesOf(file));
  if (error !== undefined) throw new InputError(`${file}: ${describeFault(error)}`);
  const [first] = records;
  const frames = records.map((record): CapturedFrame => {
    // Since the first packet: nanoseconds since 1970 are too many for a number.
    const seconds = record.seconds - (first?.seconds ?? 0);
    const nanoseconds = record.nanoseconds - (first?.nanoseconds ?? 0);
    return {
      linkType: record.linkType,
      interfaceId: record.interfaceId,
      bytes: record.bytes,
      at: seconds * 1_000_000_000 + nanoseconds,
    };
  });
  return { connections: findConnections(frames), localAddresses: new Set(), remarks: [] };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of captureChunks(file)) chunks.push(chunk);
    return concat(...chunks);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    throw new InputError(`${file}: ${describeSystemError(cause)}`, { cause });
  }
}
