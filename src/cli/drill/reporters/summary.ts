/** What a run of scripts came to, by folder: how many passed, and how long they took. */
import { dirname } from 'node:path';
import type { Style } from '../style.ts';
import type { Verdict } from '../verdict.ts';

/** The scripts of a folder, counted. Virtual time is in microseconds, wall time in milliseconds. */
export interface Count {
  passed: number;
  failed: number;
  skipped: number;
  virtualTime: number;
  wallTime: number;
}

export class Summary {
  readonly #folders = new Map<string, Count>();
  readonly total: Count = emptyCount();

  add({ file, status, virtualTime, wallTime }: Verdict): void {
    const folder = dirname(file);
    let count = this.#folders.get(folder);
    if (count === undefined) {
      count = emptyCount();
      this.#folders.set(folder, count);
    }
    for (const each of [count, this.total]) {
      each[status] += 1;
      each.virtualTime += virtualTime;
      each.wallTime += wallTime;
    }
  }

  get folders(): ReadonlyMap<string, Count> {
    return this.#folders;
  }

  /** A table with a row for each folder and one for all; `elapsed` is the whole run's wall time. */
  lines(elapsed: number, style: Style): readonly string[] {
    const all = { ...this.total, wallTime: elapsed };
    const rows = this.#folders.size > 1 ? [...this.#folders, ['all', all] as const] : [];
    const shown = rows.length > 0 ? rows : [['', all] as const];
    const width = Math.max(...shown.map(([name]) => name.length));
    return shown.map(([name, count]) => {
      const failed = `${String(count.failed).padStart(4)} failed`;
      const parts = [
        `${String(count.passed).padStart(4)} passed`,
        count.failed > 0 ? style.bad(failed) : failed,
        `${String(count.skipped).padStart(4)} skipped`,
        `${duration(count.wallTime / 1000).padStart(8)} for ${duration(count.virtualTime / 1e6)}`,
      ];
      return `${name === '' ? '' : `${name.padEnd(width)} `}${parts.join('  ')} of virtual time`;
    });
  }
}

function emptyCount(): Count {
  return { passed: 0, failed: 0, skipped: 0, virtualTime: 0, wallTime: 0 };
}

/** `12 ms`, `3.4 s`, `15 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
