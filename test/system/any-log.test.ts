import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { type Summary, summarySchema } from '../../functions/contract/summary.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS } from '../make/events.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'any-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The feed scene under another name, in two tiers: a file of an operator's. */
const scene = JSON.parse(readFileSync(join(ROOT, 'cdk', 'scenes', 'feed.json'), 'utf8'))
delete scene.tiers.hourly
delete scene.canary
const SCENE = join(folder, 'shop.json')
writeFileSync(SCENE, JSON.stringify({ ...scene, scene: 'shop' }))

const DAYS = 2
const SLATES = 700
const random = seededUniform(5)
/** Slates of four items; people of a segment like the category of the same letter. */
const slates = Array.from({ length: SLATES }, (_, n) => {
  const user = Math.floor(random() * 60)
  const first = Math.floor(random() * 40)
  const items = Array.from({ length: 4 }, (_, place) => (first + place * 11) % 40)
  const liked = items.find((item) => item % 3 === user % 3 && random() < 0.8)
  // Half of them after the first noon: the schedules of the hours before it take long.
  const day = Math.floor((DAYS * n) / SLATES)
  const ofDay = ((DAYS * n) / SLATES) % 1
  const hour = day === 0 ? 12 + 12 * ofDay : 24 * ofDay
  const seconds = Math.floor(DAY0_MS / 1000 + day * 86_400 + hour * 3600)
  return { user: `u${user}`, items: items.map((item) => `i${item}`), liked, seconds }
})

const HEADING = 'time\trequest_id\tuser_id\titem_id\tposition\tclicked\tsegment\tcategory'
const npmStart = (...flags: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'cdk', 'cli', 'start.ts'), ...flags], {
    encoding: 'utf8',
    timeout: 400_000,
  })
function replayed(name: string, ...flags: string[]): Summary {
  const out = join(folder, `${name}-out`)
  const { status, stderr } = npmStart('--scene', SCENE, '--out', out, ...flags)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return summarySchema.parse(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')))
}
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
function expectReleased(summary: Summary, events: number): void {
  expect(sum(summary.drops.map(({ quarantined }) => Object.keys(quarantined).length))).toBe(0)
  expect(sum(summary.hours.map(({ kept }) => kept))).toBe(events)
  expect(summary.versions.filter(({ status }) => status === 'accepted').length).toBe(DAYS)
  expect(summary.current['shop']!.version).toMatch(/^daily-20260107-/)
  // Outcomes are due to taste, which the first day's model knows by the second.
  expect(summary.versions[0]!.nextInterval[0]!.scores.auc).toBeGreaterThan(0.6)
  expect(summary.deadLetters).toBe(0)
}

describe('Replays of foreign logs', () => {
  test('Personalize interactions, items and users replay to a released model', () => {
    const logs = join(folder, 'personalize')
    mkdirSync(logs)
    const liked = slates.filter((slate) => slate.liked !== undefined)
    const interactions = liked.map(
      ({ user, items, liked: item, seconds }) =>
        `${user},i${item},${seconds},Click,${items.join('|')},phone`,
    )
    const write = (name: string, header: string, rows: readonly string[]) =>
      writeFileSync(join(logs, name), gzipSync([header, ...rows].join('\n')))
    write(
      'interactions.csv.gz',
      'USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,IMPRESSION,DEVICE',
      interactions,
    )
    const names = (count: number, row: (n: number) => string) =>
      Array.from({ length: count }, (_, n) => row(n))
    write(
      'items.csv.gz',
      'ITEM_ID,CATEGORY',
      names(40, (n) => `i${n},c${n % 3}`),
    )
    write(
      'users.csv.gz',
      'USER_ID,SEGMENT',
      names(60, (n) => `u${n},s${n % 3}`),
    )
    const summary = replayed('personalize', '--logs', logs, '--format', 'personalize')
    expect(
      summary.drops
        .filter(({ kind }) => kind === 'items' || kind === 'users')
        .map(({ events }) => events),
    ).toEqual([40, 60])
    expectReleased(summary, liked.length * 5)
  }, 420_000)

  test('A table replays by its inferred mapping, with times from its columns', () => {
    const table = join(folder, 'shown.tsv')
    const rows = slates.flatMap(({ user, items, liked, seconds }, n) =>
      items.map((item, place) =>
        [
          new Date(seconds * 1000).toISOString(),
          `r${n}`,
          user,
          item,
          place + 1,
          item === `i${liked}` ? 1 : 0,
          `s${Number(user.slice(1)) % 3}`,
          `c${Number(item.slice(1)) % 3}`,
        ].join('\t'),
      ),
    )
    writeFileSync(table, [HEADING, ...rows, ''].join('\n'))
    const mapping = join(folder, 'shown.json')
    const inferred = npmStart('--infer', table, '--out', mapping)
    expect(inferred.stderr).toBe('')
    expect(inferred.stdout).toContain(`--format csv --mapping ${mapping}`)
    const summary = replayed('csv', '--logs', table, '--format', 'csv', '--mapping', mapping)
    const positives = rows.filter((row) => row.split('\t')[5] === '1').length
    expectReleased(summary, rows.length + positives)
    expect(summary.dataThroughMs).toBe(DAY0_MS + DAYS * DAY_MS)
  }, 420_000)

  test('Metarank items, rankings and interactions replay from one log', () => {
    const log = join(folder, 'metarank.jsonl')
    const about = (kind: string, id: string, seconds: number) => ({
      event: kind,
      id,
      timestamp: String(seconds * 1000),
    })
    const first = slates[0]!.seconds
    const items = Array.from({ length: 40 }, (_, n) => ({
      ...about('item', `m${n}`, first),
      item: `i${n}`,
      fields: [{ name: 'category', value: `c${n % 3}` }],
    }))
    const events = slates.flatMap(({ user, items: shown, liked, seconds }, n) => [
      { ...about('ranking', `r${n}`, seconds), user, items: shown.map((id) => ({ id })) },
      ...(liked === undefined
        ? []
        : [
            {
              ...about('interaction', `a${n}`, seconds + 5),
              ranking: `r${n}`,
              user,
              item: `i${liked}`,
              type: 'click',
            },
          ]),
    ])
    writeFileSync(log, [...items, ...events].map((event) => JSON.stringify(event)).join('\n'))
    const summary = replayed('metarank', '--logs', log, '--format', 'metarank')
    const clicks = slates.filter(({ liked }) => liked !== undefined).length
    expectReleased(summary, SLATES * 4 + clicks)
  }, 420_000)
})
