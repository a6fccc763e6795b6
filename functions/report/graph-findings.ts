import { z } from 'zod'
import { graphReportKey } from '../contract/claim-keys.ts'
import { GENERATIONS_SK, generationsSchema } from '../contract/generations.ts'
import { graphReportSchema } from '../contract/graph-objects.ts'
import { graphPk } from '../contract/graph-rows.ts'
import { GRAPH_PART } from '../contract/part.ts'
import { readEach } from '../core/read-each.ts'
import { releasedGenerations } from '../registry/generations.ts'
import { openRegistry } from '../registry/registry.ts'
import { findKnown } from './find-known.ts'
import type { SpaceStores } from './space-findings.ts'

const count = z.number().int()

const graphGenerationSchema = z.object({
  generation: z.string(),
  fenceMs: count,
  status: z.enum(['building', 'accepted', 'refused']),
  reason: z.string(),
  /** Facts and entities as its last report has them. Null: it has none. */
  facts: count.nullable(),
  entities: count.nullable(),
  /** Why its report cannot be read: other code wrote it. */
  unreadable: z.string().nullable(),
})

/** What the page shows of a scene's graphs. */
export const graphsSchema = z.object({
  /** The generation that all users are served. */
  served: z.string().nullable(),
  /** The newest first. */
  generations: z.array(graphGenerationSchema),
  /** Of the served generation; where none is served, of the newest one with a report. */
  report: graphReportSchema.nullable(),
})
export type Graphs = z.infer<typeof graphsSchema>

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

/** The generations of a scene's graph, with their last reports. Empty where there is none. */
export async function collectGraphs(
  { models, online, registry }: SpaceStores,
  scene: string,
): Promise<Graphs> {
  const [row, { served }] = await Promise.all([
    online.get(graphPk(scene), GENERATIONS_SK),
    releasedGenerations(openRegistry(registry, scene), GRAPH_PART),
  ])
  const listed = row ? generationsSchema.parse(row).generations : []
  const found = await readEach(listed, ({ generation }) =>
    findKnown(models, graphReportKey(scene, generation), graphReportSchema),
  )
  const reports = found.flatMap(({ value }) => value ?? [])
  return {
    served,
    generations: listed.map((one, n) => {
      const { value, unreadable } = found[n]!
      const facts = value && sum(Object.values(value.relations).map((relation) => relation.facts))
      return {
        ...{ generation: one.generation, fenceMs: one.fenceMs, status: one.status },
        ...{ reason: one.reason || (value?.reason ?? ''), facts, unreadable },
        entities: value && sum(Object.values(value.entities)),
      }
    }),
    report: reports.find(({ generation }) => generation === served) ?? reports[0] ?? null,
  }
}
