/** What the shell of scripts is given from outside. */
import type { Duration, Instant } from '../../stack/index.ts';
import type { StackUnderTest } from '../stack-under-test.ts';

export interface ShellEnvironment {
  readonly stack: Pick<StackUnderTest, 'command' | 'readFile' | 'writeFile'>;
  readonly now: Instant;
  /** PACKETDRILL_PID and what else a shell would find in its environment. */
  readonly variables: ReadonlyMap<string, string>;
  /** Lets virtual time pass; where it is missing, `sleep` is refused. */
  readonly sleep?: ((duration: Duration) => void) | undefined;
}
