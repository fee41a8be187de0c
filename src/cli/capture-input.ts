/**
 * The octets of a capture, as they are read: those of a file, or of standard input. What is gzipped
 * is unpacked on its way, whatever its name; no more of it than a chunk or two is in memory.
 */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The octets read, or unpacked, at a time. */
const CHUNK_LENGTH = 1 << 18;

/** What a gzipped file begins with (RFC 1952 §2.3.1). */
const GZIP_MAGIC = 0x1f8b;

/** `-` is standard input. @throws what the file system and zlib throw, in their own words */
export async function* captureChunks(file: string): AsyncGenerator<Uint8Array> {
  const input: Readable =
    file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_LENGTH });
  const chunks = input[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>;
  try {
    let head = new Uint8Array();
    while (head.length < 2) {
      const { value, done } = await chunks.next();
      if (done === true) break;
      head = Buffer.concat([head, value]);
    }
    const all = joined(head, chunks);
    if (head.length < 2 || ((head[0]! << 8) | head[1]!) !== GZIP_MAGIC) yield* all;
    else yield* unpacked(all);
  } finally {
    input.destroy(); // who has read enough does not wait for whoever writes
  }
}

async function* joined(
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

function unpacked(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_LENGTH });
  // Whoever reads hears of errors.
  return pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => {});
}
