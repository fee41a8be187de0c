/** UTF-8 text to bytes and back, for payloads, comments and names. */

// Every JavaScript host has these two (Encoding Standard); the ES2023 library does not name them.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
// A byte order mark is a character like any other: it stays.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text's UTF-8 bytes. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text that UTF-8 bytes spell; ill-formed sequences become U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
