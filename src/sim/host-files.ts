/**
 * The files of a host, in memory: what its programs wrote, what a scenario put there, and those of
 * its kernel (`/proc/sys/…`). There are no folders and no permissions; a path is a name, and one
 * that does not begin with a slash is of the home folder that all users share.
 */
import { type Errno, type Instant, wordsOf } from '../stack/index.ts';
import { EMPTY, fromUtf8, utf8 } from '../wire/index.ts';

/** The most octets in all files of a host. */
const CAPACITY = 256 * 1024 * 1024;

/** A file could not be read or written. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
  readonly code: Errno;
  readonly path: string;

  constructor(code: Errno, path: string) {
    super(`${path}: ${wordsOf(code)}`);
    this.code = code;
    this.path = path;
  }
}

/** The files that a kernel shows. */
export interface KernelFiles {
  /** Nothing where there is none. */
  readFile(path: string, now: Instant): string | undefined;
  /** False where there is none, or it refuses. */
  writeFile(path: string, text: string): boolean;
}

/** A file as `ls -l` lists it. */
export interface FileEntry {
  readonly path: string;
  readonly length: number;
  readonly modifiedAt: Instant;
}

/** A file's octets, with room behind them for more. */
interface StoredFile {
  bytes: Uint8Array;
  length: number;
  modifiedAt: Instant;
}

/** The files of a host, by path: `host.files`. */
export class HostFiles {
  readonly #files = new Map<string, StoredFile>();
  readonly #kernel: KernelFiles;
  readonly #clock: { readonly now: Instant };
  #stored = 0;

  constructor(kernel: KernelFiles, clock: { readonly now: Instant }) {
    this.#kernel = kernel;
    this.#clock = clock;
  }

  /** A file's octets as they are now, which are not the reader's to change. @throws FileError */
  read(path: string): Uint8Array {
    if (path === '/dev/null') return EMPTY;
    const file = this.#files.get(nameOf(path));
    if (file !== undefined) return file.bytes.subarray(0, file.length);
    const text = this.#kernel.readFile(path, this.#clock.now);
    if (text === undefined) throw new FileError('ENOENT', path);
    return utf8(text);
  }

  /** {@link read} as UTF-8. @throws FileError */
  readText(path: string): string {
    return fromUtf8(this.read(path));
  }

  /** Whether there is such a file. */
  has(path: string): boolean {
    if (path === '/dev/null' || this.#files.has(nameOf(path))) return true;
    return this.#kernel.readFile(path, this.#clock.now) !== undefined;
  }

  /** Makes a file empty, as opening it to write does; the kernel's stay as they are. */
  truncate(path: string): void {
    if (!isKernels(path)) this.write(path, EMPTY);
    else if (!this.has(path)) throw new FileError('ENOENT', path);
  }

  /** Makes a file, or makes one anew; text as UTF-8. @throws FileError */
  write(path: string, data: Uint8Array | string): void {
    if (isKernels(path)) {
      this.#tellKernel(path, data);
      return;
    }
    this.remove(path);
    this.append(path, data);
  }

  /** Writes at a file's end; makes it where there is none. @throws FileError */
  append(path: string, data: Uint8Array | string): void {
    if (path === '/dev/null') return;
    if (isKernels(path)) {
      this.#tellKernel(path, data);
      return;
    }
    const added = typeof data === 'string' ? utf8(data) : data;
    if (this.#stored + added.length > CAPACITY) throw new FileError('ENOSPC', path);
    const name = nameOf(path);
    const modifiedAt = this.#clock.now;
    const file = this.#files.get(name) ?? { bytes: EMPTY, length: 0, modifiedAt };
    const length = file.length + added.length;
    if (length > file.bytes.length) {
      const grown = new Uint8Array(Math.max(length, Math.min(2 * file.bytes.length, CAPACITY)));
      grown.set(file.bytes.subarray(0, file.length));
      file.bytes = grown;
    }
    file.bytes.set(added, file.length);
    file.length = length;
    file.modifiedAt = modifiedAt;
    this.#stored += added.length;
    this.#files.set(name, file);
  }

  /** Removes a file; false where there is none. */
  remove(path: string): boolean {
    const name = nameOf(path);
    this.#stored -= this.#files.get(name)?.length ?? 0;
    return this.#files.delete(name);
  }

  /** The files that were written, by name. */
  list(): FileEntry[] {
    return [...this.#files]
      .map(([path, { length, modifiedAt }]) => ({ path, length, modifiedAt }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  #tellKernel(path: string, data: Uint8Array | string): void {
    const text = typeof data === 'string' ? data : fromUtf8(data);
    if (this.#kernel.writeFile(path, text)) return;
    throw new FileError(this.has(path) ? 'EINVAL' : 'ENOENT', path);
  }
}

/** `./x` is `x`. */
function nameOf(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '');
}

/** Whether it is a file of the kernel's, which root alone writes. */
export function isKernels(path: string): boolean {
  return /^\/(?:proc|sys)\//.test(path);
}
