/** `tcpetri list`: the scenarios of the package, one line each. */
import type { Command } from 'commander';
import { loadNamed, scenarioNames } from './scenario-files.ts';

const EXAMPLES = `
Examples:
  tcpetri list                     name and summary of each scenario
  tcpetri list --json | jq .name   for programs`;

/** Adds the command to the program. */
export function addListCommand(program: Command): void {
  program
    .command('list')
    .summary('name the scenarios')
    .description("Names the package's scenarios, one a line; run one with `tcpetri run NAME`.")
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json }: { readonly json?: true }) => {
      const names = scenarioNames();
      const width = Math.max(...names.map((name) => name.length));
      for (const name of names) {
        const { summary } = (await loadNamed(name)).scenario.options;
        const line =
          json === true ? JSON.stringify({ name, summary }) : `${name.padEnd(width)}  ${summary}`;
        process.stdout.write(`${line}\n`);
      }
    });
}
