/**
 * What a privileged process may do, as far as sockets ask for it: capabilities(7). A process begins
 * as root's with all of them, and can give them up one by one.
 */
import { SocketError } from '../errno.ts';

type CapabilitySet = 'CAP_EFFECTIVE' | 'CAP_PERMITTED' | 'CAP_INHERITABLE';

/** Options that only CAP_NET_ADMIN may set: sk_setsockopt. */
const ADMINISTRATORS_OPTIONS: ReadonlySet<string> = new Set([
  'SO_DEBUG',
  'SO_MARK',
  'SO_RCVBUFFORCE',
  'SO_SNDBUFFORCE',
]);

/** ip_unprivileged_port_start. */
const FIRST_UNPRIVILEGED_PORT = 1024;

export class Capabilities {
  readonly #givenUp: Readonly<Record<CapabilitySet, Set<string>>> = {
    CAP_EFFECTIVE: new Set(),
    CAP_PERMITTED: new Set(),
    CAP_INHERITABLE: new Set(),
  };

  has(capability: string, set: CapabilitySet = 'CAP_EFFECTIVE'): boolean {
    return !this.#givenUp[set].has(capability);
  }

  /**
   * Raises a capability in one of the sets, or gives it up. What is effective must be permitted,
   * and what is no more permitted never comes back (capset(2)).
   *
   * @throws SocketError EPERM
   */
  set(set: CapabilitySet, capability: string, isRaised: boolean): void {
    const isPermitted = this.has(capability, 'CAP_PERMITTED');
    const leavesEffective = set === 'CAP_PERMITTED' && !isRaised && this.has(capability);
    if ((isRaised && !isPermitted) || leavesEffective) throw new SocketError('EPERM', 'cap_set');
    if (isRaised) this.#givenUp[set].delete(capability);
    else this.#givenUp[set].add(capability);
  }

  /** @throws SocketError EPERM where the option is not for this process */
  mustAllowOption(level: string, option: string): void {
    if (level !== 'SOL_SOCKET' || !ADMINISTRATORS_OPTIONS.has(option)) return;
    if (!this.has('CAP_NET_ADMIN')) throw new SocketError('EPERM', `setsockopt ${option}`);
  }

  /** @throws SocketError EACCES where the port is not for this process */
  mustAllowPort(port: number): void {
    const isPrivileged = port > 0 && port < FIRST_UNPRIVILEGED_PORT;
    if (isPrivileged && !this.has('CAP_NET_BIND_SERVICE')) throw new SocketError('EACCES', 'bind');
  }
}
