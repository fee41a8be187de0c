/** Where a socket is: `127.0.0.1:7000`, `[::1]:7000`, `:7000`, or a path such as `./net.sock`. */
import { InvalidArgumentError } from 'commander';

/** A path of a Unix socket, or a host and a port. */
export type Place =
  | { readonly path: string }
  | { readonly path?: undefined; readonly host: string; readonly port: number };

/** @throws InvalidArgumentError for what is neither */
export function parsePlace(text: string): Place {
  if (text.includes('/')) return { path: text };
  const [, bracketed, plain, port] =
    /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('a place is HOST:PORT or the path of a socket, with a slash.');
  }
  return { host: bracketed ?? (plain || '127.0.0.1'), port: Number(port) };
}

export function printPlace(place: Place): string {
  if (place.path !== undefined) return place.path;
  const { host, port } = place;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
