/**
 * MurmurHash3 x86 32 (Appleby 2011, public domain) of the UTF-16 code units of a string, two bytes
 * each, little-endian. Returns an unsigned 32-bit integer, the same on every machine.
 */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0
  const mix = (k: number): number => {
    const x = Math.imul(k, 0xcc9e2d51)
    return Math.imul((x << 15) | (x >>> 17), 0x1b873593)
  }
  const blocks = text.length >> 1
  for (let i = 0; i < blocks; i++) {
    hash ^= mix(text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (text.length & 1) hash ^= mix(text.charCodeAt(text.length - 1))
  return finalize(hash ^ (text.length * 2))
}

/** MurmurHash3 x86 32 of bytes, with seed 0. Unsigned. */
export function murmur3Bytes(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let hash = 0
  const mix = (k: number): number => {
    const x = Math.imul(k, 0xcc9e2d51)
    return Math.imul((x << 15) | (x >>> 17), 0x1b873593)
  }
  let at = from
  for (; at + 4 <= to; at += 4) {
    hash ^= mix(
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24),
    )
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let i = to - 1; i >= at; i--) rest = (rest << 8) | bytes[i]!
  if (at < to) hash ^= mix(rest)
  return finalize(hash ^ (to - from))
}

/** Murmur3's finalizer: every input bit moves every output bit. Unsigned 32-bit. */
export function finalize(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A uniform number in [0, 1) for a string. Every part of the system computes the same number. */
export const unitInterval = (text: string, seed: number): number => murmur3(text, seed) / 4294967296

/** One of several shards of named things, by the hash of the name. */
export interface Shard {
  shard: number
  shards: number
}
/** The shard of a name. It is the same in every file of every day. */
export const shardOf = (name: string, shards: number): number => murmur3(name) % shards

/**
 * Whether one name can be in both shards. Its hash gives these two remainders only if they agree
 * modulo the greatest common divisor of the moduli (Chinese remainder theorem).
 */
export function shardsMeet(a: Shard, b: Shard): boolean {
  let [divisor, rest] = [a.shards, b.shards]
  while (rest > 0) [divisor, rest] = [rest, divisor % rest]
  return (a.shard - b.shard) % divisor === 0
}
