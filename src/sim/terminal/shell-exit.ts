/** Ends a shell where it is: `exit` was called, or Ctrl-C ended what ran. */
export class ShellExit extends Error {}
