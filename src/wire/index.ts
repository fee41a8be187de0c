/** `tcpetri/wire`: wire formats as pure functions of bytes, without clock and without state. */
export * from './address.ts';
export * from './arp.ts';
export * from './bsd-loopback.ts';
export * from './capture/byte-queue.ts';
export * from './bytes.ts';
export * from './capture/capture.ts';
export * from './capture/capture-record.ts';
export * from './capture/capture-time.ts';
export * from './checksum.ts';
export * from './decode-error.ts';
export * from './decode-frame.ts';
export * from './encode-frame.ts';
export * from './endian.ts';
export * from './ethernet.ts';
export * from './frame.ts';
export * from './icmp-extensions.ts';
export * from './icmpv4.ts';
export * from './icmpv4-messages.ts';
export * from './icmpv6.ts';
export * from './icmpv6-messages.ts';
export * from './ip-address.ts';
export * from './ipv4.ts';
export * from './ipv4-options.ts';
export * from './ipv6.ts';
export * from './ipv6-address.ts';
export * from './ipv6-extensions.ts';
export * from './ipv6-options.ts';
export * from './source-route.ts';
export * from './link-type.ts';
export * from './octet-place.ts';
export * from './linux-cooked.ts';
export * from './md5.ts';
export * from './multicast-listener.ts';
export * from './neighbor-discovery.ts';
export * from './neighbor-options.ts';
export * from './capture/pcap.ts';
export {
  type InterfaceDescriptionBlock,
  type InterfaceStatisticsBlock,
  type NameResolutionBlock,
  type OtherBlock,
  type PacketBlock,
  PCAPNG_MAXIMUM_BLOCK_LENGTH,
  PCAPNG_PEEK_LENGTH,
  type PcapngBlock,
  PcapngBlockType,
  pcapngLength,
  type SectionHeaderBlock,
  type SimplePacketBlock,
} from './capture/pcapng-block.ts';
export * from './capture/decode-pcapng.ts';
export * from './capture/encode-pcapng.ts';
export * from './capture/pcapng-options.ts';
export * from './capture/pcapng-writer.ts';
export * from './seq.ts';
export * from './tcp.ts';
export * from './tcp-options.ts';
export * from './tcp-signature.ts';
export * from './octet-text.ts';
export * from './text.ts';
export * from './udp.ts';
export { type LocalTime, utc } from './utc.ts';
export * from './verify-frame.ts';
