/**
 * Socket options that hold an `int`: what each begins with, what numbers it takes, and whether
 * anything follows from it. The tables are beside their protocols: `socket-level-options.ts`,
 * `ip-options.ts`, `ipv6-options.ts`, `tcp/sockets/tcp-level-options.ts`.
 */
import { type Errno, SocketError } from '../errno.ts';

/** What an option is about: the `level` of setsockopt. */
export type OptionLevel = 'SOL_SOCKET' | 'SOL_IP' | 'SOL_IPV6' | 'SOL_TCP';

/** One option. */
export interface OptionRule {
  readonly level: OptionLevel;
  readonly initial: number;
  /** What is kept of a number, or why it is refused. */
  readonly takes: (value: number) => number | Errno;
  /**
   * `acts`: the stack goes by it. `kept`: it is checked and read back, and nothing follows from
   * it, because what it governs does not exist here. `read-only`: setsockopt does not know it.
   */
  readonly effect: 'acts' | 'kept' | 'read-only';
}

/** Any number is true but 0. */
export const asFlag = (value: number): number => (value === 0 ? 0 : 1);

/** Only 0 and 1. */
export const asStrictFlag = (value: number): number | Errno =>
  value === 0 || value === 1 ? value : 'EINVAL';

export const asIs = (value: number): number => value;

/** Only `least` to `most`. */
export function within(least: number, most: number): OptionRule['takes'] {
  return (value) => (value >= least && value <= most ? value : 'EINVAL');
}

export const INT_MAXIMUM = 0x7fff_ffff;

/** What `setsockopt` and `getsockopt` call a level; IPPROTO_… are the same numbers. */
export function levelOf(name: string): OptionLevel | undefined {
  switch (name) {
    case 'SOL_SOCKET':
    case 'SOL_IP':
    case 'SOL_IPV6':
    case 'SOL_TCP':
      return name;
    case 'IPPROTO_IP':
      return 'SOL_IP';
    case 'IPPROTO_IPV6':
      return 'SOL_IPV6';
    case 'IPPROTO_TCP':
      return 'SOL_TCP';
    default:
      return undefined;
  }
}

/** The values of one socket's options. */
export class OptionValues<Name extends string> {
  readonly rules: Readonly<Record<Name, OptionRule>>;
  /** Only those that were set; most sockets set none. */
  #set: Map<Name, number> | undefined;

  constructor(rules: Readonly<Record<Name, OptionRule>>, from?: OptionValues<Name>) {
    this.rules = rules;
    const others = from === undefined ? undefined : from.#set;
    this.#set = others && new Map(others);
  }

  /** The option of that name at that level, if there is one. */
  nameOf(level: OptionLevel, option: string): Name | undefined {
    const name = option as Name;
    return Object.hasOwn(this.rules, option) && this.rules[name].level === level ? name : undefined;
  }

  get(name: Name): number {
    return this.#set?.get(name) ?? this.rules[name].initial;
  }

  /** Whether none was ever set. */
  get isEmpty(): boolean {
    return this.#set === undefined;
  }

  /** Whether the program has ever set it. */
  has(name: Name): boolean {
    return this.#set?.has(name) === true;
  }

  /** @throws SocketError when there is no such option, or it does not take the value */
  set(name: Name, value: number): void {
    if (!Object.hasOwn(this.rules, name)) {
      throw new SocketError('ENOPROTOOPT', `setsockopt ${name}`);
    }
    const { takes, effect } = this.rules[name];
    if (effect === 'read-only') throw new SocketError('ENOPROTOOPT', `setsockopt ${name}`);
    const taken = takes(value);
    if (typeof taken === 'string') throw new SocketError(taken, `setsockopt ${name}`);
    this.#set ??= new Map();
    this.#set.set(name, taken);
  }
}
