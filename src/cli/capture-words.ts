/** Why a capture cannot be read, in words for people. */
import type { DecodeError } from '../wire/index.ts';

/** Why a capture cannot be read on, in a line for people: where, and what is wrong. */
export function describeFault(error: DecodeError): string {
  const { layer, reason, offset, detail } = error;
  if (reason === 'truncated') {
    return offset === 0
      ? 'offset 0: the file is empty'
      : `offset ${offset}: the file ends within a ${layer === 'pcapng' ? 'block' : 'record'}`;
  }
  if (reason === 'bad-magic') return `offset ${offset}: neither a pcap nor a pcapng file`;
  return `offset ${offset}: ${reason} in ${layer}${detail === '' ? '' : `: ${detail}`}`;
}

/** Why the operating system, or zlib, does not give a file's bytes, in its own words. */
export function describeSystemError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'No such file or directory';
    case 'EACCES':
      return 'Permission denied';
    case 'EISDIR':
      return 'Is a directory';
    case 'Z_BUF_ERROR':
      return 'the gzipped file ends too early';
    case 'Z_DATA_ERROR':
      return `the gzipped file is damaged: ${error.message}`;
    default:
      return error.message;
  }
}
