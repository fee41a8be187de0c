/** Link-layer header types, the numbers that captures carry (tcpdump.org/linktypes.html). */
export const LinkType = {
  /** BSD loopback: a 32-bit address family in the byte order of the machine that captured. */
  null: 0,
  ethernet: 1,
  /** Raw IP in files that have the number of most systems' own instead (libpcap's DLT_RAW). */
  systemsRaw: 12,
  /** Raw IP, version told by its first four bits. */
  raw: 101,
  /** OpenBSD loopback: the address family big-endian. */
  loop: 108,
  /** Linux cooked capture, version 1. */
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  /** Linux cooked capture, version 2. */
  linuxSll2: 276,
} as const;
