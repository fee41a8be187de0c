/** `tcpetri/sim`: hosts and links on virtual time, and scenario code that uses them. */
export * from './faults.ts';
export * from './host-driver.ts';
export * from './link.ts';
export * from './loop.ts';
export * from './loopback.ts';
export * from './observers.ts';
export * from './pipe.ts';
export * from './random.ts';
export * from './switch.ts';
export * from './tasks.ts';
