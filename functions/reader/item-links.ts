import { graphManifestSchema } from '../contract/graph-objects.ts'
import { GRAPH_PART, type Part, type Parts } from '../contract/part.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeLinks, type LinkGraph, type Links } from '../features/links.ts'
import { readChecked, readCheckedJson } from './read-checked.ts'
import { readOnce } from './read-once.ts'

export interface LinkOptions {
  scene: string
  models: Pick<ObjectStore, 'get'>
}

/** The served generation and a canary's, and one that a flip has just replaced. */
const MAX_GRAPHS = 3

async function readLinks({ models, scene }: LinkOptions, part: Part): Promise<LinkGraph> {
  const manifest = await readCheckedJson(models, part, graphManifestSchema)
  if (manifest.generation !== part.generation || manifest.scene !== scene)
    throw new CorruptArtifact(
      `${part.key}: got ${manifest.generation} of ${manifest.scene}, expected ${part.generation} of ${scene}`,
    )
  const { links } = manifest.files
  return decodeLinks(await readChecked(models, links), links.key)
}

/**
 * Answers what features follow of the links of a release's graph, as samples have it. Undefined: the release has no
 * graph. A generation that is not cached costs its manifest and its links.
 */
export function openItemLinks(options: LinkOptions) {
  const graphs = new Map<string, Promise<LinkGraph>>()
  return async (parts: Parts): Promise<Links | undefined> => {
    const part = parts[GRAPH_PART]
    if (!part) return undefined
    const graph = await readOnce(graphs, part.generation, MAX_GRAPHS, () =>
      readLinks(options, part),
    )
    return { servedAt: () => graph }
  }
}
