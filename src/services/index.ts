/** `tcpetri/services`: programs for a scenario's hosts, on its sockets. */
export * from './http/index.ts';
