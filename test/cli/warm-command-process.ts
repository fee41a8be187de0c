/** The process of a `WarmCommand`: does what it is given, and tells what came of it. */
import type { Ended } from './built.ts';
import type { Given } from './warm-command.ts';

type Program = typeof import('../../src/cli/program.ts');
const built = new URL('../../dist/cli/program.js', import.meta.url).href;
const { main } = (await import(built)) as Program;

/** Takes what is written to a stream from now on; gives it. */
function taken(stream: NodeJS.WriteStream): () => Buffer {
  const chunks: Uint8Array[] = [];
  stream.write = (chunk: string | Uint8Array): boolean => {
    chunks.push(Buffer.from(chunk));
    return true;
  };
  return () => Buffer.concat(chunks);
}

// Each command listens for who no longer reads it, and for what nobody awaits.
for (const source of [process, process.stdout]) source.setMaxListeners(0);

process.on('message', ({ words, directory }: Given) => {
  process.chdir(directory);
  const [stdout, stderr] = [taken(process.stdout), taken(process.stderr)];
  void main(words).then((status) => {
    const done: Ended = { status, stdout: stdout(), stderr: stderr().toString() };
    process.send!(done);
  });
});
