import { binomialUpperTail } from '../../math/binomial.ts'
import { limitOf } from './limit.ts'
import {
  isUsual,
  type JudgedHour,
  levelOf,
  measureCrowd,
  medianOf,
  type Rule,
  type UserHour,
} from './rule.ts'
import { type Slate, slatesOf } from './slates.ts'

/** Share of a slate's places that show an item which another place shows too: a second list on the page. */
const COPY_SHARE = 0.1
/** The chance that a person comes back to a slate once more, so that its items are shown again. */
const RETURN_CHANCE = 0.2
/** The chance that a request brings only items of the two before: a slate that the app has kept. */
const SAME_CHANCE = 0.5
/** A slate of twice the median size is at least three hundred times rarer. */
const LEAST_SIZE_TAIL = 0.12
/** No slate of fewer items is too large. */
const LEAST_SIZE_LIMIT = 50

type Finder = (slates: readonly Slate[]) => ReadonlySet<string>
const NONE: ReadonlySet<string> = new Set()
const requestsOf = (slates: readonly Slate[]): ReadonlySet<string> =>
  new Set(slates.map(({ request }) => request))
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Slates with one item in several places. Null model: a place is a copy with COPY_SHARE or the median user's share. */
function findCopies(crowd: readonly (readonly Slate[])[], level: number): Finder {
  const count = (slates: readonly Slate[]) => ({
    copies: sum(slates.map(({ copies }) => copies)),
    places: sum(slates.map(({ impressions }) => impressions)),
  })
  const shares = crowd.map(count).map(({ copies, places }) => copies / places)
  const share = Math.max(COPY_SHARE, medianOf(shares, 1))
  return (slates) => {
    const { copies, places } = count(slates)
    if (copies === 0 || binomialUpperTail(copies, places, share) >= level) return NONE
    return requestsOf(slates.filter((slate) => slate.copies > 0))
  }
}

/** Slates whose items are shown again and again. Null model: each return has RETURN_CHANCE, so returns are geometric. */
function findReturns(crowd: readonly (readonly Slate[])[], level: number): Finder {
  const most = 1 + Math.log(level) / Math.log(RETURN_CHANCE)
  const isEndless = ({ items }: Slate): boolean =>
    [...items.values()].some(({ times }) => times > most)
  const found = crowd.filter((slates) => slates.some(isEndless)).length
  const tested = crowd.filter((slates) => slates.some(({ impressions }) => impressions > most))
  if (isUsual(found, tested.length, crowd.length)) return () => NONE
  return (slates) => requestsOf(slates.filter(isEndless))
}

/**
 * Slates of items that request after request shows again. Null model: a request shows only what the two before
 * showed, with SAME_CHANCE or the median user's share. It looks at two, because one may have lost an
 * impression. All slates of the repeated items are found, also the first of a script.
 */
function findSame(crowd: readonly (readonly Slate[])[], level: number): Finder {
  const same = (slates: readonly Slate[]): Slate[] =>
    slates.filter(
      ({ items }, n) =>
        n > 0 &&
        [...items.keys()].every(
          (item) => slates[n - 1]!.items.has(item) || slates[n - 2]?.items.has(item),
        ),
    )
  const repeated = crowd.filter(({ length }) => length > 1)
  const shares = repeated.map((slates) => same(slates).length / (slates.length - 1))
  const chance = Math.max(SAME_CHANCE, medianOf(shares, SAME_CHANCE))
  return (slates) => {
    const found = same(slates)
    if (binomialUpperTail(found.length, slates.length - 1, chance) >= level) return NONE
    const repeated = new Set(found.flatMap(({ items }) => [...items.keys()]))
    const isRepeated = (item: string): boolean => repeated.has(item)
    return requestsOf(slates.filter(({ items }) => [...items.keys()].every(isRepeated)))
  }
}

/** Slates larger than any person sees. Null model: a Pareto tail above the size of the median user's largest slate. */
function findLarge(crowd: readonly (readonly Slate[])[], level: number): Finder {
  const sizes = crowd.map((slates) => Math.max(...slates.map(({ items }) => items.size)))
  const limit = Math.max(LEAST_SIZE_LIMIT, limitOf(sizes, LEAST_SIZE_TAIL, level))
  return (slates) => requestsOf(slates.filter(({ items }) => items.size > limit))
}

const FINDERS = [findCopies, findReturns, findSame, findLarge]

/**
 * Excludes the events of stuffed slates: those of a user with one item in several places, shown without end,
 * shown again by request after request, or larger than any person sees. Each of the four has its own null
 * model, and a quarter of the level. Late arrivals of such a user are excluded whole: by themselves they
 * show no pattern. It is silent without requests.
 */
export const stuffedSlates: Rule = {
  reason: 'stuffed_slate',
  remembersUsers: true,
  open(hour: JudgedHour) {
    const measured = measureCrowd(hour.crowd, slatesOf)
    const crowd = measured.all.filter(({ length }) => length > 0)
    const finders = FINDERS.map((open) => open(crowd, levelOf(hour) / FINDERS.length))
    return (user: UserHour) => {
      const slates = measured.of(user)
      if (slates.length === 0) return null
      const found = new Set(finders.flatMap((find) => [...find(slates)]))
      return found.size === 0 ? null : ({ request }) => request !== null && found.has(request)
    }
  },
}
