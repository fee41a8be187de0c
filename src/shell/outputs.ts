/** What redirections make of a command's two outputs (XCU 2.7). */

/** Where an output goes: on through the shell, or into a file. */
export type Target = 'output' | 'errors' | { readonly path: string; readonly isAppended: boolean };

/** File descriptors 1 and 2 of one command. */
export class Outputs {
  output: Target = 'output';
  errors: Target = 'errors';

  redirect(fd: 0 | 1 | 2 | 'both', target: Target): void {
    if (fd === 2 || fd === 'both') this.errors = target;
    if (fd === 1 || fd === 'both') this.output = target;
  }

  /** `2>&1`; false for a descriptor that is neither. */
  duplicate(fd: 0 | 1 | 2 | 'both', of: string): boolean {
    if (of !== '1' && of !== '2') return false;
    this.redirect(fd, of === '1' ? this.output : this.errors);
    return true;
  }
}
