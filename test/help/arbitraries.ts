/**
 * fast-check arbitraries for wire formats. Random bytes hardly ever look like a packet, so besides
 * {@link anyBytes} there are shaped ones, which decode and are then damaged a little.
 */
import * as fc from 'fast-check';
import {
  type ArpPacket,
  type ByteOrder,
  encodeFrame,
  encodePcap,
  encodePcapng,
  encodeTcpOptions,
  EtherType,
  type FrameFields,
  type Ipv4OverEthernet,
  type Ipv6Address,
  type Ipv6Extension,
  ipv6OfWords,
  type LinuxCookedHeader,
  LinkType,
  type PcapFile,
  type PcapngBlock,
  type PcapngOption,
  encodePcapngOptions,
  type Seq,
  type TcpOption,
  toSeq,
} from '../../src/wire/index.ts';

export const u8: fc.Arbitrary<number> = fc.nat(0xff);
export const u16: fc.Arbitrary<number> = fc.nat(0xffff);
export const u32: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff });
export const u48: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff_ffff });
export const seq: fc.Arbitrary<Seq> = u32.map(toSeq);

/** Half of the words are zero, so that text is shortened; some addresses are IPv4's. */
const ipv6Word = fc.oneof(fc.constantFrom(0, 0, 1, 0xffff, 0x10000), u32);
export const ipv6Address: fc.Arbitrary<Ipv6Address> = fc
  .tuple(ipv6Word, ipv6Word, ipv6Word, ipv6Word)
  .map((words) => ipv6OfWords(...words));

export const byteOrder: fc.Arbitrary<ByteOrder> = fc.constantFrom('little-endian', 'big-endian');

/** Bytes of any length up to `maxLength`, long ones as likely as short ones. */
export function anyBytes(maxLength = 200): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength, size: 'max' });
}

/** Bytes of exactly that length. */
export function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length, size: 'max' });
}

/** The bytes with a few octets changed, and perhaps cut short or lengthened. */
export function damaged(arbitrary: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(), u8), { maxLength: 3 });
  const lengths = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    fc.integer({ min: -40, max: 40 }),
  );
  return fc.tuple(arbitrary, changes, lengths).map(([b, edits, more]) => {
    const copy = new Uint8Array(Math.max(0, b.length + more));
    copy.set(b.subarray(0, copy.length));
    for (const [at, octet] of edits) if (copy.length > 0) copy[at % copy.length] = octet;
    return copy;
  });
}

/** The bytes cut into chunks at random places; some chunks are empty. */
export function chunksOf(b: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat(b.length), { maxLength: 20, size: 'max' }).map((cuts) => {
    const places = [0, ...cuts.toSorted((x, y) => x - y), b.length];
    return places.slice(1).map((end, i) => b.subarray(places[i], end));
  });
}

/** Any option that a TCP header may hold but the end of the list. */
export const tcpOption: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.constant<TcpOption>({ kind: 'no-operation' }),
  u16.map((mss): TcpOption => ({ kind: 'maximum-segment-size', mss })),
  u8.map((shift): TcpOption => ({ kind: 'window-scale', shift })),
  fc.constant<TcpOption>({ kind: 'sack-permitted' }),
  fc
    .array(fc.record({ left: seq, right: seq }), { minLength: 1, maxLength: 4 })
    .map((blocks): TcpOption => ({ kind: 'sack', blocks })),
  fc.record({ kind: fc.constant('timestamps' as const), tsVal: u32, tsEcr: u32 }),
  fc.record({
    kind: fc.constant('accurate-ecn' as const),
    order: fc.constantFrom(0 as const, 1 as const),
    counters: fc.array(fc.nat(0xff_ffff), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('other' as const),
    code: fc.integer({ min: 9, max: 255 }).filter((code) => code !== 172 && code !== 174),
    data: anyBytes(12),
  }),
);

/** Raw TCP options of at most 40 octets, mostly well formed, padded to whole words. */
export const tcpOptions: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: fc.array(tcpOption, { maxLength: 5 }).map(padOptions) },
  fc.nat(10).chain((words) => bytesOf(4 * words)),
);

function padOptions(options: readonly TcpOption[]): Uint8Array {
  const b = encodeTcpOptions(options);
  const padded = new Uint8Array(Math.min(40, (b.length + 3) & ~3));
  padded.set(b.subarray(0, 40));
  return padded;
}

const ipv4OverEthernet: fc.Arbitrary<Ipv4OverEthernet> = fc.record({
  operation: u16,
  senderMac: u48,
  senderAddress: u32,
  targetMac: u48,
  targetAddress: u32,
});

/** An ARP packet with addresses of any length. */
export const arpPacket: fc.Arbitrary<ArpPacket> = fc
  .tuple(fc.nat(12), fc.nat(12))
  .chain(([hardware, protocol]) =>
    fc.record({
      hardwareType: u16,
      protocolType: u16,
      operation: u16,
      senderHardware: bytesOf(hardware),
      senderProtocol: bytesOf(protocol),
      targetHardware: bytesOf(hardware),
      targetProtocol: bytesOf(protocol),
      trailer: fc.constant(new Uint8Array(0)),
    }),
  );

export const cookedHeader: fc.Arbitrary<LinuxCookedHeader> = fc.oneof(
  fc.record({
    version: fc.constant(1 as const),
    packetType: u16,
    hardwareType: u16,
    addressLength: u16,
    address: bytesOf(8),
    protocol: fc.constantFrom(0x0800, 0x0806, 0x86dd, 4),
    interfaceIndex: fc.constant(0),
    reserved: fc.constant(0),
  }),
  fc.record({
    version: fc.constant(2 as const),
    packetType: u8,
    hardwareType: u16,
    addressLength: u8,
    address: bytesOf(8),
    protocol: fc.constantFrom(0x0800, 0x0806, 0x86dd, 4),
    interfaceIndex: u32,
    reserved: u16,
  }),
);

const ipv4 = fc.record(
  {
    source: u32,
    destination: u32,
    tos: u8,
    id: u16,
    flags: fc.constantFrom(0, 2, 2, 2, 4),
    ttl: u8,
    options: fc.nat(10).chain((words) => bytesOf(4 * words)),
    checksum: u16,
  },
  { requiredKeys: ['source', 'destination'] },
);

const anyTransport = (icmp: fc.Arbitrary<FrameFields>): fc.Arbitrary<FrameFields> =>
  fc.oneof(
    fc.record({
      tcp: fc.record(
        {
          sourcePort: u16,
          destinationPort: u16,
          seq,
          ack: seq,
          flags: fc.nat(0xfff),
          window: u16,
          urgentPointer: u16,
          options: tcpOptions,
          checksum: u16,
        },
        { requiredKeys: ['sourcePort', 'destinationPort', 'seq', 'ack', 'flags', 'window'] },
      ),
    }),
    fc.record({
      udp: fc.record(
        { sourcePort: u16, destinationPort: u16, checksum: u16 },
        { requiredKeys: ['sourcePort', 'destinationPort'] },
      ),
    }),
    icmp,
  );

const icmpMessage = fc.record(
  { type: u8, code: u8, rest: u32, checksum: u16 },
  { requiredKeys: ['type', 'code', 'rest'] },
);

/** Extension headers that lead to a transport: no fragment but one that is the whole packet. */
const extension: fc.Arbitrary<Ipv6Extension> = fc.oneof(
  fc.nat(4).chain((units) =>
    fc.record({
      kind: fc.constant('destination-options' as const),
      options: bytesOf(8 * units + 6),
    }),
  ),
  fc.nat(4).chain((units) =>
    fc.record({
      kind: fc.constant('routing' as const),
      type: fc.constantFrom(0, 2, 3, 4, 5),
      segmentsLeft: fc.nat(2),
      data: bytesOf(8 * units + 4),
    }),
  ),
  fc.record({
    kind: fc.constant('fragment' as const),
    fragmentOffset: fc.constant(0),
    moreFragments: fc.constant(false),
    id: u32,
    reserved: fc.nat(0x3ff),
  }),
  fc
    .integer({ min: 1, max: 6 })
    .chain((units) =>
      fc.record({ kind: fc.constant('authentication' as const), data: bytesOf(4 * units + 2) }),
    ),
);

/** Chains of extension headers, hop-by-hop options first if there are any. */
export const ipv6Extensions: fc.Arbitrary<Ipv6Extension[]> = fc
  .tuple(fc.boolean(), bytesOf(14), fc.array(extension, { maxLength: 4 }))
  .map(([hasOptions, options, others]) =>
    hasOptions ? [{ kind: 'hop-by-hop', options }, ...others] : others,
  );

const ipv6 = fc.record(
  {
    source: ipv6Address,
    destination: ipv6Address,
    trafficClass: u8,
    flowLabel: fc.nat(0xfffff),
    hopLimit: u8,
  },
  { requiredKeys: ['source', 'destination'] },
);

const internet: fc.Arbitrary<FrameFields> = fc
  .tuple(ipv4, anyTransport(fc.record({ icmpv4: icmpMessage })), anyBytes(100))
  .map(([ipv4, layer, payload]) => ({ ipv4, ...layer, payload }));

const internet6: fc.Arbitrary<FrameFields> = fc
  .tuple(
    ipv6,
    fc.oneof(fc.constant([]), ipv6Extensions),
    anyTransport(fc.record({ icmpv6: icmpMessage })),
    anyBytes(100),
  )
  .map(([ipv6, extensions, layer, payload]) => ({ ipv6, extensions, ...layer, payload }));

const resolution: fc.Arbitrary<FrameFields> = fc.record({
  arp: fc.oneof(ipv4OverEthernet, arpPacket),
});

/** A frame with its link type: one of every combination of layers, lengths right. */
export interface LinkedFrame {
  readonly linkType: number;
  readonly fields: FrameFields;
}

/** What a link header announces IPv6 by, where it has a field for that. */
const IPV6_ANNOUNCED = new Map<number, LinkedFrame>([
  [
    LinkType.null,
    { linkType: LinkType.null, fields: { loopback: { family: 30, byteOrder: 'little-endian' } } },
  ],
  [
    LinkType.loop,
    { linkType: LinkType.loop, fields: { loopback: { family: 24, byteOrder: 'big-endian' } } },
  ],
  [LinkType.ipv4, { linkType: LinkType.ipv6, fields: {} }],
]);

const link: fc.Arbitrary<LinkedFrame> = fc.oneof(
  fc.record({
    linkType: fc.constant<number>(LinkType.ethernet),
    fields: fc.record({ ethernet: fc.record({ source: u48, destination: u48 }) }),
  }),
  cookedHeader.map((cooked) => ({
    linkType: cooked.version === 1 ? LinkType.linuxSll : LinkType.linuxSll2,
    fields: { cooked },
  })),
  byteOrder.map((order) => ({
    linkType: LinkType.null,
    fields: { loopback: { family: 2, byteOrder: order } },
  })),
  fc.constant({
    linkType: LinkType.loop,
    fields: { loopback: { family: 2, byteOrder: 'big-endian' as const } },
  }),
  fc
    .constantFrom<number>(LinkType.raw, LinkType.ipv4)
    .map((linkType) => ({ linkType, fields: {} })),
);

/** A well-formed frame, its checksums right unless forged, its type numbers right. */
export const linkedFrame: fc.Arbitrary<LinkedFrame> = fc
  .tuple(link, fc.oneof(internet, internet6), fc.option(resolution, { freq: 5 }), anyBytes(20))
  .map(([anyLink, packet, arp, trailer]) => {
    const { ethernet, cooked } = anyLink.fields;
    // Only these two link headers can announce ARP.
    const layers = arp !== null && (ethernet ?? cooked) !== undefined ? arp : packet;
    const isSix = layers.ipv6 !== undefined;
    const network = isSix ? EtherType.ipv6 : EtherType.ipv4;
    const protocol = layers === packet ? network : EtherType.arp;
    const { linkType, fields } = (isSix && IPV6_ANNOUNCED.get(anyLink.linkType)) || anyLink;
    const header = cooked === undefined ? fields : { cooked: { ...cooked, protocol } };
    return { linkType, fields: { ...header, ...layers, trailer } };
  });

/** Frames as bytes: well formed, damaged, or nothing but noise. */
export const frameBytes: fc.Arbitrary<{ linkType: number; bytes: Uint8Array }> = fc.oneof(
  {
    weight: 4,
    arbitrary: linkedFrame.chain(({ linkType, fields }) =>
      fc.record({
        linkType: fc.constant(linkType),
        bytes: damaged(fc.constant(encodeFrame(fields))),
      }),
    ),
  },
  fc.record({
    linkType: fc.constantFrom<number>(...Object.values(LinkType), 147),
    bytes: anyBytes(200),
  }),
);

/** A pcap file of up to twelve packets. */
export const pcapFile: fc.Arbitrary<PcapFile> = fc.record({
  header: fc.record({
    byteOrder,
    resolution: fc.constantFrom('microseconds', 'nanoseconds'),
    zone: u32,
    significantFigures: u32,
    snapLength: u32,
    linkType: fc.nat(0x3ff_ffff),
    linkTypeExtension: fc.nat(63),
  }),
  records: fc.array(
    fc.record({ seconds: u32, fraction: u32, originalLength: u32, bytes: anyBytes(120) }),
    { maxLength: 12, size: 'max' },
  ),
});

const optionList: fc.Arbitrary<PcapngOption[]> = fc.array(
  fc.record({ code: fc.nat(20).map((code) => code + 1), value: anyBytes(30) }),
  { maxLength: 4 },
);

/** Raw options: lists with an end mark, without one, with octets after it, or noise. */
function optionsIn(order: ByteOrder): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 4, arbitrary: optionList.map((list) => encodePcapngOptions(list, order)) },
    optionList.map((list) => encodePcapngOptions(list, order).slice(0, -4)),
    fc.nat(10).chain((words) => bytesOf(4 * words)),
  );
}

function blockIn(order: ByteOrder, interfaces: number): fc.Arbitrary<PcapngBlock> {
  const options = optionsIn(order);
  const interfaceId = fc.nat(interfaces - 1);
  const times = { timestampHigh: u32, timestampLow: u32 };
  const packet = fc.record({
    kind: fc.constant('enhanced-packet' as const),
    interfaceId,
    ...times,
    originalLength: u32,
    bytes: anyBytes(120),
    options,
  });
  return fc.oneof(
    { weight: 6, arbitrary: packet },
    fc
      .tuple(packet, u16)
      .map(([block, dropsCount]) => ({ ...block, kind: 'obsolete-packet' as const, dropsCount })),
    fc.record({
      kind: fc.constant('simple-packet' as const),
      originalLength: fc.constantFrom(0, 1, 2, 3, 4),
      data: fc.integer({ min: 1, max: 20 }).chain((count) => bytesOf(4 * count)),
    }),
    fc.record({ kind: fc.constant('name-resolution' as const), body: options }),
    fc.record({
      kind: fc.constant('interface-statistics' as const),
      interfaceId,
      ...times,
      options,
    }),
    fc.record({
      kind: fc.constant('other' as const),
      type: fc.constantFrom(7, 10, 0xbad, 0x8000_0001),
      body: fc.nat(20).chain((count) => bytesOf(4 * count)),
    }),
  );
}

const section: fc.Arbitrary<PcapngBlock[]> = fc
  .tuple(byteOrder, fc.integer({ min: 1, max: 3 }))
  .chain(([order, interfaces]) =>
    fc
      .tuple(
        fc.record({
          kind: fc.constant('section-header' as const),
          byteOrder: fc.constant(order),
          minorVersion: fc.constantFrom(0, 2),
          sectionLengthHigh: u32,
          sectionLengthLow: u32,
          options: optionsIn(order),
        }),
        fc.array(
          fc.record({
            kind: fc.constant('interface-description' as const),
            linkType: u16,
            reserved: u16,
            snapLength: fc.constantFrom(0, 4, 262_144, 0xffff_ffff),
            options: optionsIn(order),
          }),
          { minLength: interfaces, maxLength: interfaces },
        ),
        fc.array(blockIn(order, interfaces), { maxLength: 10, size: 'max' }),
      )
      .map(([header, descriptions, blocks]) => [header, ...descriptions, ...blocks]),
  );

/** The blocks of a pcapng file of one to three sections, every packet's interface described. */
export const pcapngBlocks: fc.Arbitrary<PcapngBlock[]> = fc
  .array(section, { minLength: 1, maxLength: 3 })
  .map((sections) => sections.flat());

/** A capture of either format. */
export const captureBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  pcapFile.map(encodePcap),
  pcapngBlocks.map(encodePcapng),
);
