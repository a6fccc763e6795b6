import { describe, expect, test } from 'vitest'
import type { Claim } from '../../../functions/contract/claims.ts'
import { graphSchema } from '../../../functions/contract/graph.ts'
import { DAY_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { checkClaims } from '../../../functions/graph/claims/claim.ts'
import { type Act, actLog } from '../../../functions/graph/extract/behaviour/act-log.ts'
import { extractBehaviour } from '../../../functions/graph/extract/behaviour/behaviour.ts'
import { seededUniform } from '../../../functions/math/random.ts'

const { behaviour } = graphSchema.parse({})
const WINDOW = { scene: 'shop', fromMs: 0, throughMs: 90 * DAY_MS }
const extract = (acts: readonly Act[], fields: Partial<typeof behaviour> = {}) =>
  extractBehaviour(actLog(acts), { ...behaviour, ...fields }, WINDOW).claims
const relations = (claims: readonly Claim[], relation: string): string[] =>
  claims
    .filter((one) => one.relation === relation)
    .map(({ subject, object }) => `${subject} ${object}`)

/** Users without taste view and buy by popularity alone, with queries that say nothing. */
function tasteless(users: number, items: number, seed: number): Act[] {
  const draw = seededUniform(seed)
  const popular = (): string => `p${Math.floor(items * draw() ** 3)}`
  return Array.from({ length: users }, (_, u) => u).flatMap((u): Act[] => {
    const sessions = 1 + Math.floor(6 * draw())
    return Array.from({ length: sessions }, (__, s) => s).flatMap((s) => {
      const start = s * 3 * DAY_MS
      const views = Array.from({ length: 4 }, (___, n): Act => {
        const query = `q${Math.floor(8 * draw())}`
        const timeMs = start + n * MINUTE_MS
        return { user: `u${u}`, item: popular(), timeMs, kind: 'view', query }
      })
      const timeMs = start + 10 * MINUTE_MS
      return [...views, { user: `u${u}`, item: popular(), timeMs, kind: 'purchase' }]
    })
  })
}

/** One user views and buys in minutes after a day. */
const story = (user: string, day: number, ...steps: string[]): Act[] =>
  steps.map((step, n): Act => {
    const [verb, item, query] = step.split(' ') as [string, string, string?]
    const timeMs = day * DAY_MS + n * MINUTE_MS
    const kind = verb === 'buys' ? 'purchase' : 'view'
    return { user, item, timeMs, kind, ...(query && { query: query.replaceAll('_', ' ') }) }
  })

/**
 * Ten makes of phones: a and b are alternatives, a case is bought days after a. Cups and saucers are bought together.
 */
const planted = (usersEach: number): Act[] =>
  Array.from({ length: 10 * usersEach }, (_, n) => `v${n}`).flatMap((user, n) => {
    const [make, half] = [n % 10, Math.floor(n / 10) % 2 === 0 ? 'a' : 'b']
    return [
      ...story(user, 30, `views phone-a${make} big_phone_${make}`, `views phone-b${make}`),
      ...story(user, 30.01, `buys phone-${half}${make}`),
      ...(half === 'a' ? story(user, 33, `views case${make}`, `buys case${make}`) : []),
      ...(half === 'b' ? story(user, 40, `buys cup${make}`, `buys saucer${make}`) : []),
    ]
  })

const noise = tasteless(100, 40, 1)
const acts = [...noise, ...planted(24)]
const claims = extract(acts)

describe('claims of behaviour', () => {
  test('Alternatives are substitutes in the direction of the purchase', () => {
    const found = relations(claims, 'substitute-of')
    expect(found).toContain('item:phone-b0 item:phone-a0')
    expect(found).toContain('item:phone-a0 item:phone-b0')
    expect(found.filter((pair) => /cup|case/.test(pair))).toEqual([])
  })

  test('A complement is bought after the other one and not before', () => {
    const found = relations(claims, 'complement-of')
    expect(found).toContain('item:case0 item:phone-a0')
    expect(found).not.toContain('item:phone-a0 item:case0')
    expect(found).toContain('item:cup0 item:saucer0')
    expect(found).toContain('item:saucer0 item:cup0')
  })

  test('Co-views and co-purchases go both ways', () => {
    expect(relations(claims, 'co-viewed-with')).toEqual(
      expect.arrayContaining(['item:phone-a0 item:phone-b0', 'item:phone-b0 item:phone-a0']),
    )
    expect(relations(claims, 'co-purchased-with')).toEqual(
      expect.arrayContaining(['item:cup0 item:saucer0', 'item:saucer0 item:cup0']),
    )
  })

  test('A query with personal data makes no claim and is counted', () => {
    const typed = acts.map((act) =>
      act.query === 'big phone 0' ? { ...act, query: 'jane.roe@example.org phone' } : act,
    )
    const { claims: own, refused } = extractBehaviour(actLog(typed), behaviour, WINDOW)
    expect(JSON.stringify(own)).not.toContain('jane')
    expect(relations(own, 'searched-with')).toContain('query:big-phone-1 item:phone-a1')
    expect(refused['query: personal data']).toBeGreaterThan(0)
  })

  test('A query leads to the item that its users act on', () => {
    expect(relations(claims, 'searched-with')).toContain('query:big-phone-0 item:phone-a0')
  })

  test('Users without taste give few relations, within the stated rate', () => {
    // Without any true relation, the rate is the chance that one is claimed at all: 5 relations of 4 logs.
    let withClaims = 0
    for (let seed = 1; seed <= 4; seed++)
      withClaims += new Set(extract(tasteless(80, 20, seed)).map(({ relation }) => relation)).size
    expect(withClaims).toBeLessThanOrEqual(2)
  })

  test('Among true relations, at most the stated share is by chance', () => {
    // Who views an even item views the next one, too: those are the true pairs.
    const followed = tasteless(150, 30, 3).flatMap((act) => {
      const n = Number(act.item.slice(1))
      const isFollowed = act.kind === 'view' && n % 2 === 0
      return isFollowed ? [act, { ...act, item: `p${n + 1}`, timeMs: act.timeMs + 1000 }] : [act]
    })
    const pairs = relations(extract(followed), 'co-viewed-with')
    const isTrue = (pair: string): boolean => {
      const [a, b] = pair.match(/\d+/g)!.map(Number) as [number, number]
      return Math.floor(a / 2) === Math.floor(b / 2)
    }
    expect(pairs.filter(isTrue).length).toBeGreaterThan(14)
    expect(pairs.filter((pair) => !isTrue(pair)).length).toBeLessThanOrEqual(
      0.05 * pairs.length + 2,
    )
  })

  test('A relation that fewer users show than the minimum is not claimed', () => {
    const few = [...noise, ...planted(2)]
    expect(
      extract(few, { minUsers: 5 }).filter(({ object }) => /phone|cup/.test(`${object}`)),
    ).toEqual([])
    // One user who repeats an act a thousand times is one user.
    const one = Array.from({ length: 1000 }, (_, n) => story('w', n, 'views x', 'views y')).flat()
    expect(relations(extract([...noise, ...one]), 'co-viewed-with').join()).not.toContain('item:x')
  })

  test('No claim holds a user, and all pass the check of claims', () => {
    expect(checkClaims(claims)).toEqual({ claims, refused: {} })
    expect(JSON.stringify(claims)).not.toMatch(/"[uv]\d+"/)
    expect(new Set(claims.map(({ source }) => source)).size).toBe(1)
    for (const { confidence } of claims) expect(confidence).toBeGreaterThanOrEqual(0.95)
  })

  test('The order of the log leaves no trace', () => {
    expect(extract([...acts].reverse())).toEqual(claims)
  })

  test('An empty log claims nothing', () => {
    expect(extract([])).toEqual([])
  })

  test('Each item keeps its strongest partners', () => {
    const strongest = relations(extract(acts, { maxPartners: 1 }), 'co-viewed-with')
    expect(strongest).toContain('item:phone-a0 item:phone-b0')
  })
})
