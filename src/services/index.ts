/** `tcpetri/services`: programs for a scenario's hosts, on its sockets. */
export * from './dns/index.ts';
export * from './http/index.ts';
