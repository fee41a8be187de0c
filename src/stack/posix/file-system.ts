/**
 * The file system of the host: paths to bytes, in memory. Files that are made when they are read,
 * such as those below `/proc`, come from sources that are mounted.
 */
import { EMPTY } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import type { Instant } from '../time.ts';

/** Something that has files: the state of the host as `/proc` shows it, say. */
export interface FileSource {
  /** The contents of now; `undefined` where it has no such file. */
  readFile(path: string, now: Instant): Uint8Array | undefined;
  /** Writes the file whole; false where it has no such file, or none that can be written. */
  writeFile(path: string, bytes: Uint8Array, now: Instant): boolean;
}

/** The directories that are there from the beginning. */
const DIRECTORIES = ['/', '/dev', '/etc', '/proc', '/sys', '/tmp'];

/** What the disk takes, in octets: programs of a simulation must not fill a real memory. */
export const DISK_LENGTH: number = 256 * 1024 * 1024;

/** PATH_MAX, with the octet of zero behind a path. */
export const LONGEST_PATH = 4095;

export type Lookup =
  | { readonly kind: 'stored'; readonly node: StoredFile }
  | { readonly kind: 'generated'; readonly source: FileSource; readonly bytes: Uint8Array }
  | { readonly kind: 'device'; readonly device: Device }
  | { readonly kind: 'directory' }
  /** Something on the way is a file. */
  | { readonly kind: 'not-a-directory' }
  /** `hasParent` says that a file could be made there. */
  | { readonly kind: 'nothing'; readonly hasParent: boolean };

export type Device = 'zero' | 'null';

/** A file in memory. Who has it open keeps it, whatever becomes of its name. */
export class StoredFile {
  bytes: Uint8Array = EMPTY;
  readonly #hasRoom: (more: number) => boolean;

  /** `hasRoom` tells whether the disk takes so many octets more. */
  constructor(hasRoom: (more: number) => boolean) {
    this.#hasRoom = hasRoom;
  }

  /**
   * Writes at an offset; what lies between is zeros.
   *
   * @throws SocketError ENOSPC where the disk is full
   */
  writeAt(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.bytes.length) {
      if (!this.#hasRoom(end - this.bytes.length)) throw new SocketError('ENOSPC', 'write');
      const grown = new Uint8Array(end);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(bytes, offset);
  }
}

export class FileSystem implements FileSource {
  readonly #files = new Map<string, StoredFile>();
  readonly #directories = new Set<string>(DIRECTORIES);
  readonly #sources: FileSource[] = [];

  /** Adds generated files; those of an earlier source go before. */
  mount(source: FileSource): void {
    this.#sources.push(source);
  }

  lookUp(path: string, now: Instant): Lookup {
    const name = normal(path);
    if (name === '/dev/zero') return { kind: 'device', device: 'zero' };
    if (name === '/dev/null') return { kind: 'device', device: 'null' };
    for (const source of this.#sources) {
      const bytes = source.readFile(name, now);
      if (bytes !== undefined) return { kind: 'generated', source, bytes };
    }
    const node = this.#files.get(name);
    if (node !== undefined) {
      return path.endsWith('/') ? { kind: 'not-a-directory' } : { kind: 'stored', node };
    }
    if (this.#directories.has(name)) return { kind: 'directory' };
    const above = ancestors(name);
    if (above.some((it) => this.#files.has(it))) return { kind: 'not-a-directory' };
    return { kind: 'nothing', hasParent: this.#directories.has(above.at(-1) ?? '/') };
  }

  /** Makes an empty file. */
  create(path: string): StoredFile {
    const file = new StoredFile((more) => this.#hasRoom(more));
    this.#files.set(normal(path), file);
    return file;
  }

  #hasRoom(more: number): boolean {
    const used = [...this.#files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    return used + more <= DISK_LENGTH;
  }

  /** Makes a directory, with those above it. */
  makeDirectory(path: string): void {
    const name = normal(path);
    for (const directory of [...ancestors(name), name]) this.#directories.add(directory);
  }

  remove(path: string): boolean {
    return this.#files.delete(normal(path));
  }

  readFile(path: string, now: Instant): Uint8Array | undefined {
    const found = this.lookUp(path, now);
    if (found.kind === 'stored') return found.node.bytes;
    return found.kind === 'generated' ? found.bytes : undefined;
  }

  /** Directories above a new file are made, too. */
  writeFile(path: string, bytes: Uint8Array, now: Instant): boolean {
    const name = normal(path);
    const found = this.lookUp(path, now);
    if (found.kind === 'generated') return found.source.writeFile(name, bytes, now);
    if (this.#sources.some((source) => source.writeFile(name, bytes, now))) return true;
    if (found.kind === 'device') return true;
    if (found.kind === 'directory' || found.kind === 'not-a-directory') return false;
    const present = found.kind === 'stored' ? found.node.bytes.length : 0;
    if (!this.#hasRoom(bytes.length - present)) return false;
    this.makeDirectory(ancestors(name).at(-1) ?? '/');
    const node = found.kind === 'stored' ? found.node : this.create(name);
    node.bytes = bytes.slice();
    return true;
  }
}

/** A path as it is kept: absolute, without `.`, `..` and doubled slashes. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The directories above a path, the root first. */
function ancestors(name: string): string[] {
  const parts = name.split('/').slice(1, -1);
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}
