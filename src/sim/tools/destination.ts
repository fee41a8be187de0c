/** The host that a tool is to speak to: an address, or a name that the host's resolver knows. */
import { type IpAddress, isIpv6, parseIp } from '../../wire/index.ts';
import { NameError, type NameErrorCode } from '../name-resolver.ts';
import type { Process } from '../process.ts';
import { isHostName } from '../sockets/socket-address.ts';

export interface Destination {
  /** As it was written, without its zone. */
  readonly host: string;
  readonly address: IpAddress;
  /** The interface of a link-local address: `eth0` of `fe80::1%eth0` (RFC 4007 §11). */
  readonly zone: string | undefined;
}

/** How getaddrinfo(3) says it (gai_strerror). */
const NAME_ERRORS: Readonly<Record<NameErrorCode, string>> = {
  EAI_NONAME: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_FAIL: 'Non-recoverable failure in name resolution',
};

/**
 * The destination of that text; `version` is the one asked for by `-4` or `-6`.
 *
 * @throws RangeError in getaddrinfo's words
 */
export async function findDestination(
  process: Process,
  text: string,
  version: 4 | 6 | undefined,
): Promise<Destination> {
  const [host = '', zone] = text.split('%');
  const [address] = await addressesFor(process, host, version);
  return { host, address: address!, zone };
}

/**
 * The addresses of a host, the one to be tried first first; at least one.
 *
 * @throws RangeError in getaddrinfo's words
 */
export async function addressesFor(
  process: Process,
  host: string,
  version: 4 | 6 | undefined,
): Promise<readonly IpAddress[]> {
  const found = isHostName(host) ? await addressesOf(process, host) : [addressOf(host)];
  const wanted = found.filter(
    (address) => version === undefined || isIpv6(address) === (version === 6),
  );
  if (wanted.length > 0) return wanted;
  throw new RangeError(`${host}: Address family for hostname not supported`);
}

function addressOf(text: string): IpAddress {
  try {
    return parseIp(text);
  } catch {
    throw new RangeError(`${text}: ${NAME_ERRORS.EAI_NONAME}`);
  }
}

async function addressesOf(process: Process, name: string): Promise<readonly IpAddress[]> {
  try {
    return await process.resolve(name);
  } catch (error) {
    if (error instanceof NameError) throw new RangeError(`${name}: ${NAME_ERRORS[error.code]}`);
    if (error instanceof RangeError) throw new RangeError(`${name}: ${NAME_ERRORS.EAI_AGAIN}`);
    throw error;
  }
}
