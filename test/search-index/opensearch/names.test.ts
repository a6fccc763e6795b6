import { expect, test } from 'vitest'
import { InvalidInput } from '../../../functions/core/errors.ts'
import {
  externalVersion,
  parseVersionText,
  versionText,
} from '../../../functions/search-index/opensearch/external-version.ts'
import {
  filterPath,
  numberPath,
  physicalIndex,
  writeAlias,
} from '../../../functions/search-index/opensearch/names.ts'

test('A physical index is named by its scene and generation', () => {
  expect(physicalIndex('feed', '0a1b2c3d-1767571200000')).toBe('feed-0a1b2c3d-1767571200000')
  expect(writeAlias('feed', 'g1')).toBe('feed-g1-write')
})

test.each(['Feed', 'a/b', 'a*', 'x'.repeat(256)])('No index can have the name %s', (generation) => {
  expect(() => physicalIndex('feed', generation)).toThrow(InvalidInput)
})

test('Any attribute is one part of a path', () => {
  expect(filterPath('brand')).toBe('filters.brand')
  expect(filterPath('a.b')).toBe('filters.a%2Eb')
  expect(numberPath('price €*')).toBe('numbers.price%20%E2%82%AC%2A')
  expect(filterPath('a%2Eb')).toBe('filters.a%252Eb')
})

test('An external version grows with time within 63 bits', () => {
  const now = externalVersion(1_767_571_200_000, null)
  expect(now).toBe(1_767_571_200_000n * 2n ** 20n)
  expect(externalVersion(1_767_571_200_001, now)).toBeGreaterThan(now)
  expect(externalVersion(2 ** 43 - 1, null)).toBeLessThan(2n ** 63n)
})

test('A newer statement of the same millisecond has a greater external version', () => {
  const first = externalVersion(7, null)
  const second = externalVersion(7, first)
  expect(second).toBe(first + 1n)
  expect(externalVersion(7, second)).toBe(second + 1n)
})

test.each([-1, 0.5, 2 ** 43, Number.NaN])('The time %s has no external version', (knowableMs) => {
  expect(() => externalVersion(knowableMs, null)).toThrow(RangeError)
})

test('The texts of versions sort as the versions and keep every digit', () => {
  const versions = [0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n]
  const texts = versions.map(versionText)
  expect([...texts].sort()).toEqual(texts)
  expect(texts.map(parseVersionText)).toEqual(versions)
})
