/** What standard streams lead to: keyboards, pipes, files, screens. */
import { concat, fromUtf8 } from '../../wire/index.ts';
import { FileError, type HostFiles } from '../host-files.ts';
import type { Process } from '../process.ts';

/** Where bytes come from. */
export interface Source {
  /** Some octets as soon as there are any; nothing at the end. */
  read(reader: Process): Promise<Uint8Array | undefined>;
}

/** Where bytes go. */
export interface Sink {
  /** Takes octets; false when nobody is there to read them any more. @throws FileError */
  write(data: Uint8Array): boolean;
}

/** The three streams of a program. */
export interface Streams {
  readonly input: Source;
  readonly output: Sink;
  readonly errors: Sink;
}

/** Nothing to be read: `/dev/null`. */
export const NOTHING: Source = { read: () => Promise.resolve(undefined) };

/** The most octets that wait in a pipe, or stand on a screen. */
const CAPACITY = 64 * 1024 * 1024;

/**
 * Bytes from whoever writes to whoever reads. It does not hold the writer up, so what is written
 * faster than it is read waits here.
 */
export class BytePipe implements Source, Sink {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #hasEnded = false;
  #isAbandoned = false;
  readonly #readers = new Set<() => void>();

  write(data: Uint8Array): boolean {
    if (this.#isAbandoned) return false;
    if (this.#hasEnded || data.length === 0) return true;
    if (this.#length + data.length > CAPACITY) throw new FileError('ENOSPC', 'pipe');
    this.#chunks.push(data);
    this.#length += data.length;
    this.#wakeReaders();
    return true;
  }

  /** Nothing more is written. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeReaders();
  }

  /** Nobody reads any more. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#chunks = [];
  }

  async read(reader: Process): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#length -= chunk.length;
        return chunk;
      }
      if (this.#hasEnded) return undefined;
      await reader.waitUnlessEnded('standard input', (resolve) => {
        this.#readers.add(resolve);
        return () => this.#readers.delete(resolve);
      });
    }
  }

  #wakeReaders(): void {
    for (const wake of this.#readers) wake();
    this.#readers.clear();
  }
}

/** How much of a file a program reads at once: what the buffers of `nc` and others hold. */
const READ_LENGTH = 16_384;

/** A file from its beginning. */
export class FileSource implements Source {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @throws FileError */
  constructor(files: HostFiles, path: string) {
    this.#bytes = files.read(path).slice(); // a program may write it meanwhile
  }

  read(): Promise<Uint8Array | undefined> {
    const bytes = this.#bytes.subarray(this.#at, this.#at + READ_LENGTH);
    this.#at += bytes.length;
    return Promise.resolve(bytes.length === 0 ? undefined : bytes);
  }
}

/** Into a file, behind what it holds. */
export class FileSink implements Sink {
  readonly #files: HostFiles;
  readonly #path: string;

  /** @throws FileError */
  constructor(files: HostFiles, path: string, isAppended: boolean) {
    this.#files = files;
    this.#path = path;
    if (!isAppended || !files.has(path)) files.truncate(path);
  }

  write(data: Uint8Array): boolean {
    this.#files.append(this.#path, data);
    return true;
  }
}

/** Keeps what is written, as a screen with a long memory. */
export class Screen implements Sink {
  #chunks: Uint8Array[] = [];
  #length = 0;

  write(data: Uint8Array): boolean {
    if (this.#length + data.length > CAPACITY) throw new FileError('ENOSPC', 'output');
    this.#chunks.push(data);
    this.#length += data.length;
    return true;
  }

  /** All of it. */
  get octets(): Uint8Array {
    const whole = concat(...this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  /** All of it, as UTF-8. */
  get text(): string {
    return fromUtf8(this.octets);
  }
}
