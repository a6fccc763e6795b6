import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A running checksum; `digest` is base64, as S3's headers and trailers carry it. */
export interface Checksum {
  update(bytes: Uint8Array): void
  digest(): string
}

const big32 = (value: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes.toString('base64')
}

/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78. */
const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
  return c >>> 0
})

/**
 * CRC-64/NVME, reflected polynomial 0x9a6c9329ac4bc9b5 ("NVM Express NVM command set", 5.2.1.3.4),
 * as high and low halves: a BigInt a byte would be a hundred times slower.
 */
const NVME = Array.from({ length: 256 }, (_, n) => {
  let c = BigInt(n)
  for (let bit = 0; bit < 8; bit++) c = c & 1n ? (c >> 1n) ^ 0x9a6c9329ac4bc9b5n : c >> 1n
  return c
})
const NVME_HIGH = Uint32Array.from(NVME, (entry) => Number(entry >> 32n))
const NVME_LOW = Uint32Array.from(NVME, (entry) => Number(entry & 0xffffffffn))

function hashed(algorithm: string): Checksum {
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') }
}

const ALGORITHMS: Record<string, () => Checksum> = {
  crc32() {
    let value = 0
    return {
      update: (bytes) => {
        value = crc32(bytes, value)
      },
      digest: () => big32(value),
    }
  },
  crc32c() {
    let value = 0xffffffff
    return {
      update: (bytes) => {
        for (const byte of bytes) value = CASTAGNOLI[(value ^ byte) & 255]! ^ (value >>> 8)
      },
      digest: () => big32(value ^ 0xffffffff),
    }
  },
  crc64nvme() {
    let high = 0xffffffff
    let low = 0xffffffff
    return {
      update: (bytes) => {
        for (const byte of bytes) {
          const entry = (low ^ byte) & 255
          low = ((low >>> 8) | (high << 24)) ^ NVME_LOW[entry]!
          high = (high >>> 8) ^ NVME_HIGH[entry]!
        }
      },
      digest() {
        const bytes = Buffer.alloc(8)
        bytes.writeUInt32BE(~high >>> 0)
        bytes.writeUInt32BE(~low >>> 0, 4)
        return bytes.toString('base64')
      },
    }
  },
  sha1: () => hashed('sha1'),
  sha256: () => hashed('sha256'),
}

/** The algorithms by header name without `x-amz-checksum-`; null for one that is not kept here. */
export const createChecksum = (algorithm: string): Checksum | null =>
  Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm]!() : null
export const CHECKSUM_HEADER = 'x-amz-checksum-'
export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS)
