/** The shell that interprets the commands of scripts. */
export type { ShellEnvironment } from './environment.ts';
export { type CommandRun, runCommand } from './run-command.ts';
