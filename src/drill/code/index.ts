/** The code of scripts: snippets of Python about a socket's TCP_INFO. */
export { checkCode, CodeProgram } from './program.ts';
