/** Addresses of resources: `http://host:port/path?query` (RFC 9110 §4.2.1). */

export interface HttpUrl {
  /** A name or an address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** The field Host: as it is written in the address. */
  readonly authority: string;
  /** The path and query. */
  readonly target: string;
}

const URL = /^(?:http:\/\/)?((\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?)([/?][^#]*)?(?:#.*)?$/i;

/** @throws RangeError for text that is none, or asks for another protocol */
export function parseUrl(text: string): HttpUrl {
  const [, authority, host, port = '80', path = '/'] = URL.exec(text) ?? [];
  if (authority === undefined || host === undefined || !/^[\x21-\x7e]*$/.test(path)) {
    throw new RangeError(`not an address such as http://www.example.com/: "${text}"`);
  }
  const number = Number(port);
  if (number === 0 || number > 0xffff) throw new RangeError(`not a port: ${port}`);
  return {
    host: host.replaceAll(/^\[|\]$/g, ''),
    port: number,
    authority: number === 80 ? authority.replace(/:\d+$/, '') : authority,
    target: path.startsWith('/') ? path : `/${path}`,
  };
}
