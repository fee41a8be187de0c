/** What turns names into addresses where a host has it; `tcpetri/services` has one. */
import type { IpAddress } from '../wire/index.ts';
import type { Process } from './process.ts';

/** As getaddrinfo(3) fails: no such name, nobody answered, or somebody who does not know. */
export type NameErrorCode = 'EAI_NONAME' | 'EAI_AGAIN' | 'EAI_FAIL';

/** A name has no addresses, or they could not be found out. */
export class NameError extends Error {
  override readonly name: string = 'NameError';
  readonly code: NameErrorCode;
  /** The name that was asked for. */
  readonly host: string;

  constructor(code: NameErrorCode, host: string) {
    super(`${code}: ${host}`);
    this.code = code;
    this.host = host;
  }
}

export interface NameResolver {
  /** The names of addresses that are known without asking anybody. */
  readonly names?: ReadonlyMap<IpAddress, string>;

  /**
   * The addresses of a name, one or more, the one to be tried first first (RFC 6724). It is the
   * process that asks, by sockets of its own, as programs do in getaddrinfo(3).
   *
   * @throws NameError
   */
  resolve(process: Process, name: string): Promise<readonly IpAddress[]>;
}
