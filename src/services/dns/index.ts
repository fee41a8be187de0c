/** DNS: a server, a stub resolver, and what they know. */
export * from './message.ts';
export { StubResolver, type ResolverOptions } from './resolver.ts';
export { DNS_PORT, serveDns } from './server.ts';
export { type HostTable, parseZone, reverseName, Zone, zoneOfHosts } from './zone.ts';
