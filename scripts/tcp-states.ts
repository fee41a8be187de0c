/** Writes docs/tcp-states.md from the table of moves that the stack asserts: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NEXT, type TcpState } from '../src/stack/index.ts';

/** The document. */
export function tcpStatesDocument(): string {
  const moves = (Object.entries(NEXT) as [TcpState, readonly TcpState[]][]).flatMap(
    ([from, targets]) => targets.map((to) => `    ${id(from)} --> ${id(to)}`),
  );
  const names = Object.keys(NEXT).map((state) => `    state "${state}" as ${id(state)}`);
  return [
    '# The states of a connection',
    '',
    'Every move that RFC 9293 §3.3.2 and §3.10 allow, drawn from `src/stack/tcp/states.ts`: the stack',
    'asserts each move that it makes against the same table. Written by `npm run docs`.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...names,
    '    [*] --> CLOSED',
    ...moves,
    '```',
    '',
  ].join('\n');
}

function id(state: string): string {
  return state.replaceAll('-', '_');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = new URL('../docs/tcp-states.md', import.meta.url);
  writeFileSync(target, tcpStatesDocument());
}
