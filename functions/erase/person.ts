import { VALUE_SEPARATOR } from '../contract/rows.ts'
import { sha256Hex } from '../core/digest.ts'

/** A person in one scene, by hash: intake makes another hash of the same person in another scene. */
export interface Person {
  scene: string
  /** 32 hex digits. */
  user: string
}

/**
 * Takes the place of a hash that cannot leave with its row, such as "the last user of an item". It has the same
 * length, and all persons have the same, so that it says nothing of them.
 */
export const NOBODY = '0'.repeat(32)

/** Names an erasure: 32 hex digits of a SHA-256 from which the hash cannot be found. */
export const erasureOf = ({ scene, user }: Person): string =>
  sha256Hex(`erasure\n${scene}\n${user}`).slice(0, 32)

/** Whether an id is the person's, or that of a pair with the person in it. */
export const isOf = (id: unknown, user: string): boolean =>
  typeof id === 'string' && (id === user || id.split(VALUE_SEPARATOR).includes(user))

/** Whether bytes have the hash: as text, or as its sixteen bytes. */
export function hasHash(bytes: Uint8Array, user: string): boolean {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return found.includes(user, 0, 'latin1') || found.includes(Buffer.from(user, 'hex'))
}

/** A copy of the bytes with `NOBODY` in place of the hash. */
export function withoutHash(bytes: Uint8Array, user: string): Uint8Array {
  const copy = Buffer.from(bytes)
  for (const [hash, nobody] of [
    [Buffer.from(user, 'latin1'), Buffer.from(NOBODY, 'latin1')],
    [Buffer.from(user, 'hex'), Buffer.from(NOBODY, 'hex')],
  ] as const)
    for (let at = copy.indexOf(hash); at >= 0; at = copy.indexOf(hash, at)) nobody.copy(copy, at)
  return new Uint8Array(copy)
}
