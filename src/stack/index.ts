/** `tcpetri/stack`: one host as a state machine, without clock, chance or input and output. */
export * from './assert.ts';
export * from './cause.ts';
export * from './deadline-queue.ts';
export * from './medium.ts';
export * from './time.ts';
