/**
 * Where packets of a link type have their network layer, and how they say which it is. Behind
 * `vlan` in an expression both lie further back, by the four octets of a tag (IEEE 802.1Q).
 */
import { EtherType, LinkType } from '../../wire/index.ts';
import { all, always, any, never, octetsAre, type PacketTest } from './filtered-packet.ts';

/** EtherTypes that begin a tag: 802.1Q, 802.1ad, and what came before that. */
const TAG_TYPES = [0x8100, 0x88a8, 0x9100];

/** The address families of IPv6 in BSD, FreeBSD and Darwin captures. */
const BSD_IPV6_FAMILIES = [24, 28, 30];
const IPV4_FAMILY = 2;

/** The offsets of a link type's EtherType, where it has one, and of what follows its header. */
const OFFSETS: ReadonlyMap<number, readonly [type: number | undefined, payload: number]> = new Map<
  number,
  [number | undefined, number]
>([
  [LinkType.ethernet, [12, 14]],
  [LinkType.linuxSll, [14, 16]],
  [LinkType.linuxSll2, [0, 20]],
  [LinkType.null, [undefined, 4]],
  [LinkType.loop, [undefined, 4]],
  [LinkType.raw, [undefined, 0]],
  [LinkType.systemsRaw, [undefined, 0]],
  [LinkType.ipv4, [undefined, 0]],
  [LinkType.ipv6, [undefined, 0]],
]);

/** The longest length of an IEEE 802.3 frame; above it the same field is an EtherType. */
const ETHERNET_LENGTH_MAXIMUM = 1500;

/** What a cooked header says of such a frame (Linux ETH_P_802_2). */
const COOKED_LLC = 4;

/** Service access points of IEEE 802.2: those that both ends of a conversation have, and IPX's. */
const OF_BOTH_ENDS = [0x06, 0xf0, 0xfe];
const IPX = 0xe0;

export class LinkLayout {
  readonly linkType: number;
  readonly #typeAt: number | undefined;
  readonly #payloadAt: number;
  #tags = 0;

  /** @throws RangeError for a link type that is not known */
  constructor(linkType: number) {
    const offsets = OFFSETS.get(linkType);
    if (offsets === undefined) throw new RangeError(`no filters for link type ${linkType}`);
    this.linkType = linkType;
    [this.#typeAt, this.#payloadAt] = offsets;
  }

  /** Where the network layer begins. */
  get payloadAt(): number {
    return this.#payloadAt + 4 * this.#tags;
  }

  /** The test that the network layer is this one. @throws RangeError for IPX, which has many */
  carries(etherType: number): PacketTest {
    if (this.#typeAt !== undefined) {
      const typeAt = this.#typeAt + 4 * this.#tags;
      return etherType <= ETHERNET_LENGTH_MAXIMUM
        ? this.#isOverLlc(typeAt, etherType)
        : octetsAre(typeAt, 2, etherType);
    }
    const isIpv6 = etherType === EtherType.ipv6;
    if (!isIpv6 && etherType !== EtherType.ipv4) return never;
    switch (this.linkType) {
      case LinkType.raw:
      case LinkType.systemsRaw:
        return octetsAre(0, 1, isIpv6 ? 0x60 : 0x40, 0xf0);
      case LinkType.ipv4:
        return isIpv6 ? never : always;
      case LinkType.ipv6:
        return isIpv6 ? always : never;
      default:
        return this.#isOfFamily(isIpv6 ? BSD_IPV6_FAMILIES : [IPV4_FAMILY]);
    }
  }

  /** Of frames of IEEE 802.3, which have a length in place of the type, and behind it LLC. */
  #isOverLlc(typeAt: number, accessPoint: number): PacketTest {
    if (accessPoint === IPX) throw new RangeError("'ipx' is not supported");
    const isLlc: PacketTest =
      this.linkType === LinkType.ethernet
        ? (packet) => packet.load(typeAt, 2) <= ETHERNET_LENGTH_MAXIMUM
        : octetsAre(typeAt, 2, COOKED_LLC);
    const isOfBoth = OF_BOTH_ENDS.includes(accessPoint);
    return all(
      isLlc,
      isOfBoth
        ? octetsAre(this.payloadAt, 2, accessPoint * 0x101)
        : octetsAre(this.payloadAt, 1, accessPoint),
    );
  }

  /** Of a BSD loopback; its number is taken to be little-endian, where it may be either. */
  #isOfFamily(families: readonly number[]): PacketTest {
    const shift = this.linkType === LinkType.null ? 24 : 0;
    return any(...families.map((family) => octetsAre(0, 4, (family << shift) >>> 0)));
  }

  /**
   * The test that there is a tag here, with that number if one is said; from now on the layout is
   * that of what is behind the tag.
   *
   * @throws RangeError where there are no tags
   */
  enterVlan(id: number | undefined): PacketTest {
    if (this.linkType !== LinkType.ethernet) throw new RangeError('no VLAN support here');
    if (id !== undefined && id > 0xfff) {
      throw new RangeError(`VLAN tag ${id} greater than maximum 4095`);
    }
    const isTagged = any(...TAG_TYPES.map((type) => this.carries(type)));
    const test =
      id === undefined ? isTagged : all(isTagged, octetsAre(this.payloadAt, 2, id, 0xfff));
    this.#tags++;
    return test;
  }
}
