import type { AttributeValues, EntityRecord } from './records.ts'
import { plainText, wordsOf } from './words.ts'

/**
 * How values of an attribute are compared. `headline` is the text that names the record, `label` one of few values
 * as a brand, `code` a number of a model, `year` a whole number that is a year.
 */
type AttributeKind = 'headline' | 'text' | 'label' | 'code' | 'number' | 'year'

/** An attribute of both sources, whose names may differ, or of one of them: the other name is null. */
export interface AlignedAttribute {
  left: string | null
  right: string | null
  kind: AttributeKind
}

/** Of a list, only this many values are read, in code-unit order. */
const MAX_VALUES = 50
/** Records that are looked at to infer what attributes hold. */
const SAMPLE = 5000

/** The values as texts, each once. Missing ones are left out. */
export function valuesOf(values: AttributeValues): string[] {
  const list = Array.isArray(values) ? values : [values]
  const texts = list
    .filter((value) => value !== null && value !== undefined)
    .map((value) => String(value).trim())
    .filter((text) => text !== '' && !/^(null|nan|none|n\/a|-)$/i.test(text))
  if (texts.length < 2) return texts
  return [...new Set(texts)].sort().slice(0, MAX_VALUES)
}

const CURRENCY = '(?:\\p{Sc}|us\\p{Sc}|usd|eur|gbp|cad|rs\\.?)?'
const NUMBER = new RegExp(
  `^${CURRENCY}\\s*(-?\\d[\\d,]*(?:\\.\\d+)?|\\.\\d+)\\s*${CURRENCY}$`,
  'iu',
)
/** A number with or without a currency; null where a text holds anything else. */
export function parseNumber(text: string): number | null {
  const match = NUMBER.exec(text.trim())
  return match ? Number(match[1]!.replaceAll(',', '')) : null
}

interface Profile {
  name: string
  coverage: number
  meanWords: number
  /** Different values, as a share of all. */
  distinct: number
  numbers: number
  years: number
  codes: number
  words: Set<string>
  /** Of positive numbers; null for an attribute of other values. */
  median: number | null
}

/** Shares of values that must be numbers, or years, for the attribute to be one. */
const [MIN_NUMBERS, MIN_YEARS] = [0.8, 0.95]

function medianOf(values: readonly string[]): number | null {
  const numbers = values.map(parseNumber).filter((number) => number !== null)
  if (numbers.length === 0 || numbers.length <= MIN_NUMBERS * values.length) return null
  const positive = numbers.filter((number) => number > 0).sort((a, b) => a - b)
  return positive[positive.length >> 1] ?? null
}

function profile(name: string, records: readonly EntityRecord[]): Profile {
  const values = records
    .slice(0, SAMPLE)
    .flatMap(({ attributes }) => valuesOf(attributes[name]).slice(0, 1))
  const share = (is: (value: string) => boolean): number =>
    values.length === 0 ? 0 : values.filter(is).length / values.length
  const split = values.map((value) => wordsOf(plainText(value)))
  return {
    ...{ name, coverage: values.length / Math.max(1, Math.min(SAMPLE, records.length)) },
    meanWords: split.reduce((sum, words) => sum + words.length, 0) / Math.max(1, values.length),
    distinct: new Set(values).size / Math.max(1, values.length),
    numbers: share((value) => parseNumber(value) !== null),
    years: share((value) => /^(1[5-9]|20)\d\d$/.test(value)),
    codes: share((value) => /\d/.test(value) && (!/\s/.test(value) || !/\p{L}{3}/u.test(value))),
    words: new Set(split.flat()),
    median: medianOf(values),
  }
}

/** More of equal values than this say that the attribute has few values. */
const LABEL_DISTINCT = 0.35

function kindOf(a: Profile, b: Profile): AttributeKind {
  const least = (read: (one: Profile) => number): number => Math.min(read(a), read(b))
  const isIdentifier = least((one) => one.distinct) > 0.6 && least((one) => one.codes) > 0.6
  const digits = (one: Profile): boolean => [...one.words].every((word) => /^\d{6,}$/.test(word))
  if (least((one) => one.years) > MIN_YEARS) return 'year'
  if (isIdentifier && digits(a) && digits(b)) return 'code'
  if (least((one) => one.numbers) > MIN_NUMBERS) return 'number'
  if (isIdentifier) return 'code'
  const isShort = Math.max(a.meanWords, b.meanWords) <= 12
  return isShort && Math.max(a.distinct, b.distinct) < LABEL_DISTINCT ? 'label' : 'text'
}

/** Numbers of two attributes are alike if their medians are within this factor. */
const MAX_RATIO = 3

/** How alike the values of two attributes are, in [0, 1]: cosine of their sets of words; for numbers, by the medians. */
function alikeness(a: Profile, b: Profile): number {
  if (a.median !== null && b.median !== null) {
    const ratio = Math.min(a.median / b.median, b.median / a.median)
    return ratio * MAX_RATIO >= 1 ? ratio : 0
  }
  if (a.median !== null || b.median !== null) return 0
  const [small, large] = a.words.size < b.words.size ? [a.words, b.words] : [b.words, a.words]
  let common = 0
  for (const word of small) if (large.has(word)) common++
  return common / Math.sqrt(Math.max(1, a.words.size * b.words.size))
}

/** Attributes of a source that are read, at most: those that most records have. */
const MAX_ATTRIBUTES = 64

function namesIn(records: readonly EntityRecord[]): string[] {
  const counts = new Map<string, number>()
  for (const { attributes } of records)
    for (const name of Object.keys(attributes)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MAX_ATTRIBUTES)
    .map(([name]) => name)
    .sort()
}

/** Names that only one source has are joined with the most alike one of the other source. */
const MIN_OVERLAP = 0.15

function alignNames(left: readonly Profile[], right: readonly Profile[]): [Profile, Profile][] {
  const byName = new Map(right.map((one) => [one.name, one]))
  const pairs = left
    .filter(({ name }) => byName.has(name))
    .map((one): [Profile, Profile] => [one, byName.get(one.name)!])
  const taken = new Set(pairs.flat())
  const alike = left
    .filter((one) => !taken.has(one))
    .flatMap((a) =>
      right.filter((b) => !taken.has(b)).map((b) => ({ a, b, alike: alikeness(a, b) })),
    )
    .filter(({ alike }) => alike >= MIN_OVERLAP)
    .sort((x, y) => y.alike - x.alike || (x.a.name + x.b.name < y.a.name + y.b.name ? -1 : 1))
  for (const { a, b } of alike)
    if (!taken.has(a) && !taken.has(b)) {
      pairs.push([a, b])
      taken.add(a).add(b)
    }
  return pairs
}

/** How well an attribute names a record: present, different, and not a whole description. */
function naming(a: Profile, b: Profile): number {
  const words = Math.max(a.meanWords, b.meanWords)
  const named =
    /^(title|name|label)$/i.test(a.name) || /^(title|name|label)$/i.test(b.name) ? 0.15 : 0
  const length = words > 25 ? 0.5 : words < 1.5 ? 0.7 : 1
  return a.coverage * b.coverage * Math.min(a.distinct, b.distinct) * length + named
}

/**
 * Finds which attributes of two sources belong together, and of what kind they are, from their values. One text is
 * the headline. In the order of their names.
 */
export function alignAttributes(
  left: readonly EntityRecord[],
  right: readonly EntityRecord[],
): AlignedAttribute[] {
  const profiles = [left, right].map((records) =>
    namesIn(records)
      .map((name) => profile(name, records))
      .filter(({ coverage }) => coverage > 0),
  ) as [Profile[], Profile[]]
  const pairs = alignNames(...profiles).map(([a, b]) => ({ a, b, kind: kindOf(a, b) }))
  const texts = pairs.filter(({ kind }) => kind === 'text')
  const named =
    texts.length > 0 ? texts : pairs.filter(({ kind }) => kind !== 'number' && kind !== 'year')
  const [headline] = named.sort(
    (x, y) => naming(y.a, y.b) - naming(x.a, x.b) || (x.a.name < y.a.name ? -1 : 1),
  )
  const both = new Set(pairs.flatMap(({ a, b }) => [a, b]))
  const aligned: AlignedAttribute[] = pairs.map((pair) => ({
    ...{ left: pair.a.name, right: pair.b.name },
    kind: pair === headline ? 'headline' : pair.kind,
  }))
  for (const [side, own] of profiles.entries())
    for (const one of own.filter((one) => !both.has(one)))
      aligned.push({
        ...{ left: side === 0 ? one.name : null, right: side === 1 ? one.name : null },
        kind: kindOf(one, one),
      })
  const nameOf = ({ left, right }: AlignedAttribute): string => `${left ?? right}/${right ?? ''}`
  return aligned.sort((x, y) => (nameOf(x) < nameOf(y) ? -1 : 1))
}
