/** `tcpetri/services`: programs for a scenario's hosts, on its sockets. */
export * from './dhcp/index.ts';
export * from './dns/index.ts';
export * from './echo.ts';
export * from './http/index.ts';
export { SERVICE_PROGRAMS } from './programs.ts';
