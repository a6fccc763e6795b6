import { createHash } from 'node:crypto'
import {
  SPACE_GRAPH_FORMAT_VERSION,
  SPACE_GRAPH_MAGIC,
  type SpaceGraphHeader,
  spaceGraphHeaderSchema,
} from '../../contract/space-graph.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import { packIds, unpackIds } from '../../core/packed-ids.ts'
import { type ArtifactFormat, decodeSections, encodeSections } from '../../core/sections.ts'
import { type Graph, NODE_KINDS } from './graph.ts'

const FORMAT: ArtifactFormat<SpaceGraphHeader> = {
  magic: SPACE_GRAPH_MAGIC,
  formatVersion: SPACE_GRAPH_FORMAT_VERSION,
  header: spaceGraphHeaderSchema,
}

const sectionsOf = ({ kinds, ids, offsets, targets, weights }: Graph) => {
  const packed = packIds(ids)
  return { kinds, ids: packed.ids, idOffsets: packed.offsets, offsets, targets, weights }
}

/** SHA-256 of a graph's nodes and edges, 64 hex digits. Equal graphs have equal digests. */
export function graphDigest(graph: Graph): string {
  const hash = createHash('sha256')
  for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(sectionsOf(graph))) {
    hash.update(`${name} ${byteLength}\n`)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  return hash.digest('hex')
}

const countNodes = ({ kinds }: Graph): Record<string, number> =>
  Object.fromEntries(
    NODE_KINDS.map((kind, at) => [kind, kinds.reduce((sum, one) => sum + Number(one === at), 0)]),
  )

/** The bytes of `graph.qmg`. The layout is described in contract/space-graph.ts. */
export const encodeGraph = (
  header: Omit<SpaceGraphHeader, 'sections' | 'nodes' | 'edges'>,
  graph: Graph,
): Uint8Array =>
  encodeSections(
    FORMAT,
    { ...header, nodes: countNodes(graph), edges: graph.targets.length / 2 },
    sectionsOf(graph),
  )

/**
 * Reads the bytes of `graph.qmg`. Throws CorruptArtifact for another magic or format version, a wrong checksum,
 * and for sections that are no graph.
 */
export function decodeGraph(
  bytes: Uint8Array,
  name: string,
): { header: SpaceGraphHeader; graph: Graph } {
  const { header, sections } = decodeSections(FORMAT, bytes, name)
  const { kinds, ids, idOffsets, offsets, targets, weights } = sections
  const nodes = Object.values(header.nodes).reduce((sum, one) => sum + one, 0)
  const arcs = 2 * header.edges
  if (
    !(kinds instanceof Uint8Array && kinds.length === nodes && ids instanceof Uint8Array) ||
    !(idOffsets instanceof Uint32Array && idOffsets.length === nodes + 1) ||
    !(offsets instanceof Uint32Array && offsets.length === nodes + 1) ||
    !(targets instanceof Uint32Array && targets.length === arcs) ||
    !(weights instanceof Float32Array && weights.length === arcs && offsets[nodes] === arcs) ||
    targets.some((target) => target >= nodes)
  )
    throw new CorruptArtifact(
      `${name}: expected the sections of a graph of ${nodes} nodes and ${header.edges} edges`,
    )
  return {
    header,
    graph: { kinds, ids: unpackIds({ ids, offsets: idOffsets }), offsets, targets, weights },
  }
}
