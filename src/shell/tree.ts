/**
 * Shell commands as a tree: lists of pipelines of simple commands (POSIX.1-2024, XCU 2.9). What
 * loops or defines functions is no part of it.
 */

/** A piece of a word; only unquoted values are split into fields. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  /** `$NAME` or `${NAME}`. */
  | { readonly kind: 'variable'; readonly name: string; readonly isQuoted: boolean }
  /** `$((expression))` */
  | { readonly kind: 'arithmetic'; readonly text: string; readonly isQuoted: boolean }
  /** `$(commands)`, which a shell runs, and puts what they print in the place of this. */
  | { readonly kind: 'substitution'; readonly text: string; readonly isQuoted: boolean }
  /** What commands printed. */
  | { readonly kind: 'substituted'; readonly text: string; readonly isQuoted: boolean };

export type Word = readonly WordPart[];

export interface Redirection {
  /** `1>`, `2>>`, `0<`, `2>&1`, `&>`. */
  readonly fd: 0 | 1 | 2 | 'both';
  readonly kind: 'read' | 'write' | 'append' | 'duplicate';
  readonly target: Word;
}

export interface SimpleCommand {
  readonly line: number;
  readonly assignments: readonly { readonly name: string; readonly value: Word }[];
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
}

export interface Pipeline {
  readonly isNegated: boolean;
  readonly commands: readonly SimpleCommand[];
}

/** Pipelines, each run if the one before went as its operator says. */
export interface AndOrList {
  /** Ends in `&`: nobody waits for it. */
  readonly isBackground: boolean;
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[];
}
