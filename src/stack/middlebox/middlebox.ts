/** What can be put into a host beside its own protocols: a box in the middle of others' packets. */
import type { Host } from '../host.ts';

export interface Middlebox {
  /** Takes its places at the host's hooks, and remembers what it needs. */
  install(host: Host): void;
}
