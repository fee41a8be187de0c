/** `tcpetri/bridge`: scenarios in real time, joined to real stacks by a pipe of frames. */
export * from './bare-ip.ts';
export * from './bridge.ts';
export * from './first-mac.ts';
export * from './framing.ts';
export * from './real-time.ts';
