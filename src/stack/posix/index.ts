/** The system calls of a process: files, sockets, and what waits for them. */
export * from './constants.ts';
export * from './file.ts';
export { type FileSource, FileSystem } from './file-system.ts';
export { PosixProcess, type ProcessOptions } from './process.ts';
export * from './system-call.ts';
