import { describe, expect, test } from 'vitest'
import { graphReportKey } from '../../functions/contract/claim-keys.ts'
import { GENERATIONS_SK, type Generation } from '../../functions/contract/generations.ts'
import { graphSchema } from '../../functions/contract/graph.ts'
import type { GraphReport } from '../../functions/contract/graph-objects.ts'
import { graphPk } from '../../functions/contract/graph-rows.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { nameGeneration } from '../../functions/registry/generations.ts'
import { collectGraphs, graphsSchema } from '../../functions/report/graph-findings.ts'
import { checkHealth } from '../../functions/report/health.ts'
import { renderPage } from '../../functions/report/page.ts'
import { makeFindings } from '../make/findings.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeReleases, releaseOf } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'
import { findBarriers } from './accessibility.ts'

const START = Date.UTC(2026, 0, 5, 6)
const fenceOf = (week: number): number => START + week * 7 * DAY_MS
const nameOf = (week: number): string => nameGeneration('graph', fenceOf(week))
const scene = makeScene({ graph: graphSchema.parse({}) })

const reportOf = (week: number, more: Partial<GraphReport> = {}): GraphReport => ({
  ...{ scene: 'feed', generation: nameOf(week), n: 3, builtMs: fenceOf(week) },
  ...{ isAccepted: true, reason: '', withdrawnSources: 5, merges: 12 },
  entities: { item: 60, brand: 7 },
  relations: { 'has-brand': { facts: 60, before: 50 }, broader: { facts: 9, before: null } },
  claims: { catalogue: 1234 },
  refused: { 'no unit': 2 },
  doubtful: [{ left: 'item:<a>', right: 'item:b', probability: 0.5123, isMerged: true }],
  accuracies: [['shop <x>', 0.87654]],
  taxonomy: { nodes: 11, depth: 3, brokenCycles: 1 },
  ...more,
})

/** Stores with generations of a graph, the newest first; `served` is the week of the served one. */
async function openWorld(
  weeks: readonly [number, Generation['status'], string][],
  served?: number,
) {
  const { models, table, registry } = await makeReleases(1)
  const online = memoryTable('online')
  const generations = weeks.map(([week, status, reason]) => ({
    ...{ generation: nameOf(week), fenceMs: fenceOf(week), status, reason },
  }))
  await online.put(graphPk('feed'), GENERATIONS_SK, { n: 1, generations })
  for (const [week, status] of weeks)
    if (status !== 'building')
      await models.put(graphReportKey('feed', nameOf(week)), canonicalJson(reportOf(week)))
  if (served !== undefined) {
    const row = releaseOf(1, makeVersion(1))
    const part = { key: 'k', sha256: 's', kind: 'object', base: null, throughMs: 0 }
    const parts = { ...row.parts, graph: { ...part, generation: nameOf(served) } }
    await registry.prepare({ ...row, parts, fence: 1 })
  }
  const stores = { models, online, registry: table }
  const findings = async () => ({
    ...makeFindings(),
    sections: { graph: { feed: JSON.parse(JSON.stringify(await collectGraphs(stores, 'feed'))) } },
  })
  return {
    ...{ models, findings },
    page: async (configurations = [scene]) => renderPage(await findings(), { configurations }),
  }
}
const sectionOf = (page: string): string =>
  page.slice(page.indexOf('<h2 id="graph">')).split('<h2')[1] ?? ''

describe('the section of graphs', () => {
  test('A scene without a graph has no section', async () => {
    const world = await openWorld([])
    const { graph: _, ...plain } = scene
    expect(await world.page([plain])).not.toContain('id="graph"')
    expect(renderPage(makeFindings())).not.toContain('id="graph"')
    expect(sectionOf(await world.page())).toContain(
      'No graph has been built yet. The schedule builds the first one',
    )
  })

  test('The served graph has its counts, and text is escaped', async () => {
    const world = await openWorld([[0, 'accepted', '']], 0)
    const page = await world.page()
    const section = sectionOf(page)
    expect(section).toContain(`The served graph, ${nameOf(0)}`)
    expect(section).toContain('67 entities and 69 facts')
    expect(section).toContain('5 sources are withdrawn, and 12 merges hold')
    expect(section).toContain('1 of its edges closed a cycle')
    expect(section).toMatch(/has-brand.*60.*50.*120\.0 %/s)
    for (const text of ['1,234', 'no unit', '0.877', '0.512', 'merged'])
      expect(section).toContain(text)
    for (const text of ['<a>', '<x>']) expect(section).not.toContain(text)
    expect(findBarriers(page)).toEqual([])
  })

  test('A refused graph says why, and the served one is shown', async () => {
    const reason = 'of has-brand 12 of 60 facts are left, fewer than 50.0 %'
    const world = await openWorld(
      [
        [1, 'refused', reason],
        [0, 'accepted', ''],
      ],
      0,
    )
    const section = sectionOf(await world.page())
    expect(section).toContain(`was refused, and the served one stays: ${reason}`)
    expect(section).toContain(`The served graph, ${nameOf(0)}`)
    const { concerns } = checkHealth(await world.findings(), {
      ...{ nowMs: null, configurations: [scene], deadLetters: 0, violations: [] },
    })
    expect(concerns).toContainEqual({
      text: `the graph of Mon 12 Jan 2026, 06:00 UTC was refused and the served one stays: ${reason}`,
      anchor: 'graph',
    })
  })

  test('A refused first graph is shown, and nothing is served', async () => {
    const world = await openWorld([[0, 'refused', 'it has no fact']])
    const section = sectionOf(await world.page())
    expect(section).toContain('was refused, and no graph is served: it has no fact')
    expect(section).toContain('The newest graph, which is not served')
  })

  test('A graph that is built has no report yet', async () => {
    const world = await openWorld([[0, 'building', '']])
    const section = sectionOf(await world.page())
    expect(section).toContain('is being built.')
    expect(section).toContain('No graph has a report yet.')
  })

  test('A report of other code is named, and the page goes on', async () => {
    const world = await openWorld([[0, 'accepted', '']], 0)
    await world.models.put(graphReportKey('feed', nameOf(0)), '{"relations":7}')
    const section = sectionOf(await world.page())
    expect(section).toContain('its report is unreadable')
    const { generations, report } = graphsSchema.parse((await world.findings()).sections.graph.feed)
    expect([generations[0]!.facts, report]).toEqual([null, null])
  })
})
