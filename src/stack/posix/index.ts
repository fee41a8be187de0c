/** The system calls of a process: files, sockets, and what waits for them. */
export * from './constants.ts';
export * from './file.ts';
export * from './system-call.ts';
