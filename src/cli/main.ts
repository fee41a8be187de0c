/** The process of the command `tcpetri`: its words, its exit status, and who no longer reads it. */
import { FAILED, main } from './program.ts';

// Whoever reads our output has had enough (`| head`): no word about it, and a capture that is being
// written is still written to its end. What is written to the stream from then on goes nowhere.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`tcpetri: standard output: ${error.message}\n`);
  process.exit(FAILED);
});

process.exitCode = await main(process.argv.slice(2));
