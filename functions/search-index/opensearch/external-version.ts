/**
 * The server's external version of a statement: a signed 63-bit integer that it compares before it writes
 * ("Index document", `version_type=external_gte`: not less than the stored one).
 *
 * A statement's order is (knowableMs, drop, row). The first 43 bits are knowableMs, until the year 2248. The
 * other 20 cannot hold the order of drops: drops of one millisecond have digests as names, and a later one
 * may sort before or between those that were written. So they count. The first statement of its millisecond
 * has 0, and each newer one that the ledger notes has one more than the one before it. The ledger alone
 * decides which is newer, so the version grows with every newer statement of a document, exactly.
 */
const COUNTED_BITS = 20n
const DIGITS = 19

/** Throws RangeError for a time that is negative, no integer, or above 2^43 − 1. */
export function externalVersion(knowableMs: number, previous: bigint | null): bigint {
  if (!Number.isInteger(knowableMs) || knowableMs < 0 || knowableMs >= 2 ** 43)
    throw new RangeError(`knowableMs: expected an integer from 0 to 2^43 - 1, found ${knowableMs}`)
  const first = BigInt(knowableMs) << COUNTED_BITS
  return previous !== null && previous >= first ? previous + 1n : first
}

/** 19 digits: a table's number would lose the last bits. Texts sort as the versions do. */
export const versionText = (version: bigint): string => String(version).padStart(DIGITS, '0')
export const parseVersionText = (text: string): bigint => BigInt(text)
