/** `tcpetri/wire`: wire formats as pure functions of bytes, without clock and without state. */
export * from './address.ts';
export * from './arp.ts';
export * from './bytes.ts';
export * from './checksum.ts';
export * from './decode-error.ts';
export * from './ethernet.ts';
export * from './icmpv4.ts';
export * from './ipv4.ts';
export * from './link-type.ts';
export * from './seq.ts';
export * from './tcp.ts';
export * from './tcp-options.ts';
export * from './text.ts';
export * from './udp.ts';
