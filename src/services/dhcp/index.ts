/** DHCP: a client and a server. */
export { DhcpClient, type DhcpState } from './client.ts';
export type { Lease } from './lease.ts';
export * from './message.ts';
export { type DhcpServerOptions, serveDhcp } from './server.ts';
