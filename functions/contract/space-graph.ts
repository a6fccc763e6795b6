import { z } from 'zod'

/**
 * `graph.qmg`: the graph that a space is learned from. The layout is that of `model.qmm` (artifact.ts) with another
 * magic and header. Sections, nodes in the order of their kinds (user, item, document, attribute), within a kind
 * in the order of their ids by code units:
 *
 * - `kinds` u8: n. The number of the node's kind in that order.
 * - `ids` u8, `idOffsets` u32: the id of node i is the UTF-8 bytes idOffsets[i] to idOffsets[i + 1].
 * - `offsets` u32: n + 1. `targets` u32, `weights` f32: the edges of node i are those from offsets[i] to
 *   offsets[i + 1], targets ascending. An edge is stored at both of its ends.
 */
export const SPACE_GRAPH_MAGIC = 'QMGRAPH\0'
export const SPACE_GRAPH_FORMAT_VERSION = 1

const count = z.number().int().min(0)

export const spaceGraphHeaderSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  /** Nodes by the name of their kind. */
  nodes: z.record(z.string(), count),
  /** Each counted once. */
  edges: count,
  /** Event time of the edges, half open. */
  dataFromMs: z.number().int(),
  dataThroughMs: z.number().int(),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  sections: z.array(
    z.object({ name: z.string(), type: z.enum(['u8', 'u32', 'f32', 'f64']), length: count }),
  ),
})
export type SpaceGraphHeader = z.infer<typeof spaceGraphHeaderSchema>
