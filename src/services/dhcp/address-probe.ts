/**
 * Whether another host of the link has an address already (RFC 2131 §2.2, RFC 5227 §1.1): who has
 * it answers an ARP request for it, which comes from no address, so that nobody believes it is
 * ours. Asked once, as BusyBox's udhcpc does (`-a`, arpping()).
 */
import type { Process } from '../../sim/index.ts';
import { ms, type NetworkInterface } from '../../stack/index.ts';
import { ArpOperation, IPV4_ANY, type Ipv4Address, MAC_BROADCAST } from '../../wire/index.ts';

const WAIT = ms(2000);

export async function isInUse(
  process: Process,
  { name, mac }: NetworkInterface,
  address: Ipv4Address,
): Promise<boolean> {
  const socket = process.arpSocket(name);
  const until = process.now + WAIT;
  try {
    socket.send(
      {
        operation: ArpOperation.request,
        senderMac: mac,
        senderAddress: IPV4_ANY,
        targetMac: 0,
        targetAddress: address,
      },
      MAC_BROADCAST,
    );
    while (process.now < until) {
      const received = await socket.recv(until);
      if (received === undefined) return false;
      const { operation, senderMac, senderAddress } = received.arp;
      const isAnswer = operation === ArpOperation.reply && senderAddress === address;
      if (isAnswer && senderMac !== mac) return true;
    }
    return false;
  } finally {
    socket.close();
  }
}
