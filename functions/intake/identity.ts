import { createHmac } from 'node:crypto'
import { MAX_REMEMBERED_USERS } from './limits.ts'

/** What a raw identifier names. The same text in two domains gives two hashes. */
type Domain = 'user' | 'request' | 'event'
export type Pseudonymize = (domain: Domain, raw: string) => string

/**
 * Keyed hashes of raw identifiers: the first 32 hex digits of HMAC-SHA-256 (RFC 2104) over scene,
 * domain and text. Without the key, it is impossible to test whether a person is in the lake.
 */
export function createPseudonyms(key: string, scene: string): Pseudonymize {
  const remembered = new Map<string, string>()
  const hash = (domain: Domain, raw: string): string =>
    createHmac('sha256', key).update(`${scene}\n${domain}\n${raw}`).digest('hex').slice(0, 32)
  return (domain, raw) => {
    if (domain !== 'user') return hash(domain, raw)
    let found = remembered.get(raw)
    if (found === undefined) {
      found = hash(domain, raw)
      // Copied, because a substring of a line keeps the whole line in memory.
      if (remembered.size < MAX_REMEMBERED_USERS) remembered.set(Buffer.from(raw).toString(), found)
    }
    return found
  }
}
