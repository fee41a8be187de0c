/**
 * What shells have in common, whoever runs their commands: words and lists as a tree, expansion,
 * patterns, and small tools of text. The shell of packetdrill scripts and that of a simulated host
 * are made of it.
 */
export { expandToFields, expandToText, type Variables } from './expansion.ts';
export { parseCommands } from './parser.ts';
export { Outputs, type Target } from './outputs.ts';
export { ShellError } from './shell-error.ts';
export { failedWith, succeeded, type Tool, type ToolFiles, type ToolResult } from './tool.ts';
export { linesOf, readText, writeText } from './tool-files.ts';
export { TOOLS } from './tools.ts';
export type { AndOrList, Pipeline, Redirection, SimpleCommand, Word, WordPart } from './tree.ts';
