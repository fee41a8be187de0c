/**
 * BOOTP (RFC 951), and DHCP, which has the same header (RFC 2131 §2): who asks, and with `-v` what
 * is offered, in the options behind the magic cookie.
 *
 *      0 op   1 htype   2 hlen   3 hops   4 xid   8 secs  10 flags
 *     12 ciaddr   16 yiaddr   20 siaddr   24 giaddr   28 chaddr (16)
 *     44 sname (64)   108 file (128)   236 vend
 */
import { dissectDhcpOptions } from './dhcp-options.ts';
import { hex4, type PacketText } from './packet-text.ts';

const REQUEST = 1;
const REPLY = 2;
const ETHERNET = 1;
const BROADCAST = 0x8000;
/** RFC 2132 §2, and what an older form begins with: `CMU`. */
const COOKIE = 0x63825363;
const CMU_COOKIE = 0x434d5500;

/** The message of `length` octets at `at`. */
export function dissectBootp(t: PacketText, at: number, length: number): void {
  t.protocol = 'bootp';
  const operation = t.u8(at);
  t.text += `BOOTP/DHCP, ${operationText(operation)}`;
  const [hardware, hardwareLength] = [t.u8(at + 1), t.u8(at + 2)];
  const isEthernet = hardware === ETHERNET && hardwareLength === 6;
  if (isEthernet && operation === REQUEST) t.text += ` from ${t.mac(at + 28)}`;
  t.text += `, length ${length}`;
  if (t.flags.verbose === 0) return;
  if (!t.has(at, 10)) {
    t.truncated();
    return;
  }
  dissectHeader(t, at);
  if (isEthernet) t.text += `\n\t  Client-Ethernet-Address ${t.mac(at + 28)}`;
  const isWhole =
    dissectFile(t, at + 44, 64, 'sname') &&
    dissectFile(t, at + 108, 128, 'file') &&
    dissectVendor(t, at + 236);
  if (!isWhole) t.truncated();
}

function operationText(operation: number): string {
  if (operation === REQUEST) return 'Request';
  if (operation === REPLY) return 'Reply';
  return `unknown (0x${operation.toString(16).padStart(2, '0')})`;
}

/** What is not as usual, and the addresses that are there. */
function dissectHeader(t: PacketText, at: number): void {
  const [hardware, hardwareLength] = [t.u8(at + 1), t.u8(at + 2)];
  if (hardware !== ETHERNET) t.text += `, htype ${hardware}`;
  if (hardware !== ETHERNET || hardwareLength !== 6) t.text += `, hlen ${hardwareLength}`;
  if (t.u8(at + 3) !== 0) t.text += `, hops ${t.u8(at + 3)}`;
  if (t.u32(at + 4) !== 0) t.text += `, xid 0x${t.u32(at + 4).toString(16)}`;
  if (t.u16(at + 8) !== 0) t.text += `, secs ${t.u16(at + 8)}`;
  const flags = t.u16(at + 10);
  t.text += `, Flags [${(flags & BROADCAST) === 0 ? 'none' : 'Broadcast'}]`;
  if (t.flags.verbose > 1) t.text += ` (0x${hex4(flags)})`;
  for (const [i, name] of ['Client', 'Your', 'Server', 'Gateway'].entries()) {
    const addressAt = at + 12 + 4 * i;
    if (t.u32(addressAt) !== 0) t.text += `\n\t  ${name}-IP ${t.ipv4(addressAt)}`;
  }
}

/** A name that ends with a zero; false when it does not. */
function dissectFile(t: PacketText, at: number, room: number, title: string): boolean {
  if (t.u8(at) === 0) return true;
  t.text += `\n\t  ${title} "`;
  let isEnded = false;
  for (let p = at; p < at + room && t.has(p, 1) && !isEnded; p++) {
    isEnded = t.u8(p) === 0;
    if (!isEnded) t.visible(t.u8(p));
  }
  t.text += '"';
  return isEnded;
}

/** False when it is cut short. */
function dissectVendor(t: PacketText, at: number): boolean {
  if (!t.has(at, 4)) return false;
  const cookie = t.u32(at);
  if (cookie === COOKIE) {
    t.text += `\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x${cookie.toString(16)}`;
    return dissectDhcpOptions(t, at + 4);
  }
  if (cookie === CMU_COOKIE) t.miss("CMU's BOOTP");
  else if (cookie !== 0) t.text += `\n\t  Vendor-#0x${cookie.toString(16)}`;
  return true;
}
