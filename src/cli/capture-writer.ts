/** The capture of a run on its way to a file or to standard output. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { captureFile, type CaptureFile, type Scenario } from '../sim/index.ts';
import { OutputError, UsageError } from './errors.ts';

/** Frames between two writes. */
const FLUSH_EVERY = 64;

export class CaptureWriter {
  readonly target: string;
  readonly #file: CaptureFile;
  readonly #descriptor: number | undefined;
  #packets = 0;

  /** @throws UsageError, OutputError when there can be no such file */
  constructor(target: string, what: Scenario, seed: number) {
    const format = formatOf(target);
    this.target = target;
    this.#file = captureFile(format, what, seed);
    this.#descriptor = target === '-' ? undefined : openForWriting(target);
  }

  /** How many packets were written. */
  get packets(): number {
    return this.#packets;
  }

  captureOpened(...opened: Parameters<CaptureFile['captureOpened']>): void {
    this.#file.captureOpened(...opened);
  }

  frame(...frame: Parameters<CaptureFile['frame']>): void {
    this.#file.frame(...frame);
    this.#packets += 1;
    if (this.#packets % FLUSH_EVERY === 0) this.flush();
  }

  /** Writes what is left. */
  end(): void {
    this.flush();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  /** Writes what there is so far. */
  flush(): void {
    for (const chunk of this.#file.take()) {
      if (this.#descriptor === undefined) process.stdout.write(chunk);
      else this.#write(this.#descriptor, chunk);
    }
  }

  /** All of it: a full disk or a pipe may take less at a time. */
  #write(descriptor: number, chunk: Uint8Array): void {
    try {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
    } catch (error) {
      throw cannotWrite(this.target, error);
    }
  }
}

function formatOf(target: string): 'pcap' | 'pcapng' {
  if (target === '-' && process.stdout.isTTY) {
    throw new UsageError('-w -: standard output is a terminal; send it to a file or a program');
  }
  if (target === '-' || target.endsWith('.pcapng')) return 'pcapng';
  if (target.endsWith('.pcap')) return 'pcap';
  throw new UsageError(`-w ${target}: a capture's name ends in .pcap or .pcapng`);
}

function openForWriting(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'w');
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function cannotWrite(file: string, error: unknown): OutputError {
  let { code = 'unknown error' } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') code = 'ENOTDIR'; // where a folder should be made there is a file
  return new OutputError(`${file}: cannot be written (${code})`, { cause: error });
}
