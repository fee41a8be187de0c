/** `tcpetri/tcpdump`: captured packets as text, exactly as tcpdump 4.99.3 prints them. */
export * from './banner.ts';
export * from './filter/index.ts';
export * from './flags.ts';
export type { NameSources } from './names.ts';
export * from './printer.ts';
export { DEBIAN_SERVICES, type ServiceTable } from './services.ts';
export type { LocalClock } from './time.ts';
