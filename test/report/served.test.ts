import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { measureFreshness } from '../../functions/report/freshness.ts'
import { servedSpans } from '../../functions/report/served.ts'
import { measureServingTimes, servingHours } from '../../functions/report/serving-times.ts'
import { contaminationBound } from '../../functions/train/contamination-bound.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'

type Version = Findings['versions'][number]
type Decision = Findings['releases'][number]

const BOUNDS = contaminationBound(makeScene())
const at = (hour: number): number => DAY0_MS + hour * HOUR_MS
const made = (fields: Parameters<typeof makeVersion>[1]): Version => ({
  ...makeVersion(1, fields),
  nextInterval: [],
})
const full = made({ tier: 'full', version: 'full', dataFromMs: at(0), dataThroughMs: at(24) })
const daily = made({ version: 'daily', parent: 'full', dataFromMs: at(24), dataThroughMs: at(48) })
const hourly = (base: Version, throughHour: number, parent = base.version): Version =>
  made({
    tier: 'hourly',
    version: `${base.version} ${throughHour}`,
    base: base.version,
    parent,
    dataFromMs: at(throughHour - 1),
    dataThroughMs: at(throughHour),
  })
const decided = (
  hour: number,
  kind: Decision['kind'],
  version: string,
  [from, to]: [number | null, number | null],
): Decision => ({
  scene: 'feed',
  timeMs: at(hour),
  kind,
  tier: 'hourly',
  version,
  from,
  to,
  reason: '',
  evidence: {},
})

const versions = [
  full,
  hourly(full, 25),
  hourly(full, 26, 'full 25'),
  daily,
  hourly(daily, 49),
  hourly(daily, 50, 'daily 49'),
]
const calm = [
  decided(26.5, 'flip', 'full', [null, 1]),
  decided(27, 'flip', 'full 25', [1, 2]),
  decided(28, 'flip', 'full 26', [2, 3]),
  decided(50.5, 'canary', 'daily 49', [null, 4]),
  decided(55, 'promotion', 'daily 50', [3, 5]),
]

describe('Served versions over time', () => {
  test('Each change for all users starts a span, layered by tier', () => {
    const spans = servedSpans(versions, calm)
    expect(spans.map(({ version }) => version.version)).toEqual([
      'full',
      'full 25',
      'full 26',
      'daily 50',
    ])
    expect(spans.map(({ throughMs }) => throughMs)).toEqual([at(27), at(28), at(55), null])
    expect(spans[2]!.layers).toEqual({
      full: { fromMs: at(0), throughMs: at(24) },
      daily: { fromMs: at(24), throughMs: at(24) },
      hourly: { fromMs: at(24), throughMs: at(26) },
    })
    expect(spans[3]!.layers.daily).toEqual({ fromMs: at(24), throughMs: at(48) })
  })

  test('The life of an hour ends when a rereading base is served', () => {
    const spans = servedSpans(versions, calm)
    // Hour 24 from 27 to 55, hour 25 from 28 to 55; hours 48 and 49 are served still.
    expect(servingHours(spans, 'hourly')).toEqual([27, 28])
    expect(measureServingTimes(spans, BOUNDS, calm)).toEqual([
      { tier: 'hourly', eventHours: 2, medianHours: 27.5, maxHours: 28, addedHours: 0 },
    ])
  })

  test('Refused, skipped and withdrawn runs add to the bound', () => {
    const run = (hour: number, kind: Decision['kind'], tier: string): Decision => ({
      ...decided(hour, kind, 'none', [3, 3]),
      tier,
    })
    const base = { ...daily, scheduledMs: at(50.5) }
    const spans = servedSpans(
      versions.map((version) => (version === daily ? base : version)),
      calm,
    )
    const added = (...runs: Decision[]): number =>
      measureServingTimes(spans, BOUNDS, [...calm, ...runs])[0]!.addedHours
    expect(added(run(40, 'withdrawal', 'daily'))).toBe(24)
    expect(added(run(40, 'refusal', 'daily'), run(49, 'skip', 'daily'))).toBe(48)
    // An hour that champion and challenger both skip counts once; none counts from before the base was trained.
    expect(added(run(52.1, 'skip', 'hourly'), run(52.2, 'skip', 'hourly'))).toBe(1)
    expect(added(run(52.1, 'skip', 'hourly'), run(53.1, 'refusal', 'hourly'))).toBe(2)
    expect(added(run(45, 'skip', 'hourly'), run(56, 'skip', 'hourly'))).toBe(0)
    expect(added(run(20, 'refusal', 'daily'), run(40, 'refusal', 'full'))).toBe(0)
  })

  test('A relapse ends lives, and a rollback continues them', () => {
    const relapse = [...calm.slice(0, 3), decided(30, 'rollback', 'full', [3, 4])]
    expect(servingHours(servedSpans(versions, relapse), 'hourly')).toEqual([2, 3])
    const back = [
      ...calm,
      decided(56, 'rollback', 'full 26', [5, 3]),
      decided(57, 'flip', 'daily 50', [3, 6]),
    ]
    expect(servingHours(servedSpans(versions, back), 'hourly')).toEqual([29, 30])
  })

  test('A withdrawal without a successor ends the last span', () => {
    const withdrawn = [...calm.slice(0, 3), decided(30, 'withdrawal', 'full 26', [3, null])]
    const spans = servedSpans(versions, withdrawn)
    expect(spans.map(({ throughMs }) => throughMs)).toEqual([at(27), at(28), at(30)])
    const again = [...withdrawn, decided(50, 'flip', 'daily', [null, 4])]
    expect(servedSpans(versions, again).at(-1)).toMatchObject({ fromMs: at(50), throughMs: null })
  })

  test('Served data ages until the next flip', () => {
    const spans = servedSpans(versions, calm)
    const [byFull, byDaily, byHourly] = measureFreshness(spans, at(60))
    expect(byFull).toMatchObject({ tier: 'full', whenServed: 2.5, max: 36 })
    // A daily's own data came with the promotion; before it the full's was all there was.
    expect(byDaily).toMatchObject({ tier: 'daily', max: 31 })
    // Ages at the flips 2.5, 2, 2 and 5; 3 h, 3 h, 29 h and 10 h where they end.
    expect(byHourly).toMatchObject({ tier: 'hourly', whenServed: 2.25, max: 29 })
    const area = (2.5 + 3) / 4 + (2 + 3) / 2 + (27 * (2 + 29)) / 2 + (5 * (5 + 10)) / 2
    expect(byHourly!.mean).toBeCloseTo(area / 33.5, 10)
  })
})
