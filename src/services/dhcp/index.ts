/** DHCP: a client and a server. */
export { DhcpClient, type DhcpState, type Lease } from './client.ts';
export * from './message.ts';
export { type DhcpServerOptions, serveDhcp } from './server.ts';
