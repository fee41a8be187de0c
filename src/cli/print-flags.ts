/** tcpdump's print flags as options of a command. */
import { type Command, Option } from 'commander';
import { DEFAULT_PRINT_FLAGS, PRINT_FLAG_SPECS, type PrintFlags } from '../tcpdump/index.ts';
import { UsageError } from './errors.ts';

/**
 * Gives a command every flag of printing. What is returned tells, once the command line is parsed,
 * which flags were given; nothing when none was.
 */
export function addPrintFlags(command: Command): () => PrintFlags | undefined {
  let given: PrintFlags | undefined;
  for (const { letter, name, argument, help, apply } of PRINT_FLAG_SPECS) {
    const spellings = [letter && `-${letter}`, name && `--${name}`].filter(Boolean).join(', ');
    const option = new Option(
      argument === undefined ? spellings : `${spellings} <${argument}>`,
      help,
    );
    command.addOption(option.helpGroup("tcpdump's print flags:"));
    command.on(`option:${option.name()}`, (value: string | null) => {
      try {
        given = apply(given ?? DEFAULT_PRINT_FLAGS, value ?? '');
      } catch (error) {
        throw new UsageError((error as Error).message, { cause: error });
      }
    });
  }
  return () => given;
}
