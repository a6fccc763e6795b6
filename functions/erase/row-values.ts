import type { RowKey, TableRow } from '../core/tables.ts'
import { hasHash, NOBODY, withoutHash } from './person.ts'

/** Whether a value of a row has the hash, at any depth. */
export function valueHasHash(value: unknown, user: string): boolean {
  if (typeof value === 'string') return value.includes(user)
  if (value instanceof Uint8Array) return hasHash(value, user)
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(
    ([name, inner]) => name.includes(user) || valueHasHash(inner, user),
  )
}

/** A copy of a value with `NOBODY` in place of the hash. */
export function valueWithoutHash<T>(value: T, user: string): T {
  const renamed = (inner: unknown): unknown => {
    if (typeof inner === 'string') return inner.replaceAll(user, NOBODY)
    if (inner instanceof Uint8Array) return hasHash(inner, user) ? withoutHash(inner, user) : inner
    if (inner === null || typeof inner !== 'object') return inner
    if (Array.isArray(inner)) return inner.map(renamed)
    return Object.fromEntries(
      Object.entries(inner).map(([name, own]) => [name.replaceAll(user, NOBODY), renamed(own)]),
    )
  }
  return renamed(value) as T
}

export const keyHasHash = ({ pk, sk }: RowKey, user: string): boolean =>
  pk.includes(user) || sk.includes(user)

/** Roughly, as DynamoDB counts them. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (value instanceof Uint8Array) return value.byteLength
  if (value === null || typeof value !== 'object') return 8
  return Object.entries(value).reduce((sum, [name, own]) => sum + name.length + bytesOf(own), 0)
}

export const withoutKeys = ({ pk: _pk, sk: _sk, ...row }: TableRow): TableRow => row
