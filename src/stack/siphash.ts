/**
 * SipHash-2-4, a keyed pseudorandom function of 64-bit words (Aumasson and Bernstein, 2012). Its
 * 32-bit variant, in `halfsiphash.ts`, is for numbers chosen for every connection; this one is for
 * cookies, those of TCP Fast Open and of SYNs. They are few, so big integers will do: a cookie for
 * a SYN takes 0.1 ms, in a flood only.
 */

/** The octets of a key. */
export const SIPHASH_KEY_LENGTH = 16;

const WORD = 64;

function rotate(x: bigint, bits: number): bigint {
  return BigInt.asUintN(WORD, (x << BigInt(bits)) | (x >> BigInt(WORD - bits)));
}

function add(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(WORD, a + b);
}

class State {
  v0: bigint;
  v1: bigint;
  v2: bigint;
  v3: bigint;

  constructor(k0: bigint, k1: bigint) {
    this.v0 = k0 ^ 0x736f_6d65_7073_6575n;
    this.v1 = k1 ^ 0x646f_7261_6e64_6f6dn;
    this.v2 = k0 ^ 0x6c79_6765_6e65_7261n;
    this.v3 = k1 ^ 0x7465_6462_7974_6573n;
  }

  absorb(word: bigint): void {
    this.v3 ^= word;
    this.rounds(2);
    this.v0 ^= word;
  }

  rounds(count: number): void {
    let { v0, v1, v2, v3 } = this;
    for (let i = 0; i < count; i++) {
      v0 = add(v0, v1);
      v1 = rotate(v1, 13) ^ v0;
      v0 = rotate(v0, 32);
      v2 = add(v2, v3);
      v3 = rotate(v3, 16) ^ v2;
      v0 = add(v0, v3);
      v3 = rotate(v3, 21) ^ v0;
      v2 = add(v2, v1);
      v1 = rotate(v1, 17) ^ v2;
      v2 = rotate(v2, 32);
    }
    this.v0 = v0;
    this.v1 = v1;
    this.v2 = v2;
    this.v3 = v3;
  }
}

/** Up to eight octets as a number, the first octet the lowest. */
function littleEndian(b: Uint8Array, at: number, length: number): bigint {
  let word = 0n;
  for (let i = length - 1; i >= 0; i--) word = (word << 8n) | BigInt(b[at + i]!);
  return word;
}

/** The hash of `message` under a key of 16 octets, as its eight octets, the lowest first. */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const state = new State(littleEndian(key, 0, 8), littleEndian(key, 8, 8));
  const whole = message.length - (message.length % 8);
  for (let at = 0; at < whole; at += 8) state.absorb(littleEndian(message, at, 8));
  const rest = littleEndian(message, whole, message.length - whole);
  state.absorb(rest | (BigInt(message.length & 0xff) << 56n));
  state.v2 ^= 0xffn;
  state.rounds(4);
  let hash = state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
  return Uint8Array.from({ length: 8 }, () => {
    const octet = Number(hash & 0xffn);
    hash >>= 8n;
    return octet;
  });
}
