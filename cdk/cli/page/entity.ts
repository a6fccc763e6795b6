import { openEntityNames } from '../../../functions/reader/entity-names.ts'
import { openGraph } from '../../../functions/reader/graph.ts'
import { NoGraph } from '../../../functions/reader/graph-entity.ts'
import { openServedParts } from '../../../functions/reader/served-parts.ts'
import type { Cloud } from '../../local/cloud.ts'
import { drawNeighbourhood } from './neighbourhood.ts'
import type { AnswerSearch } from './search.ts'

type Answer = { status: number; body: object }
const unknown = (error: string): Answer => ({ status: 404, body: { error } })

const SUGGESTED = 8

/** At most `count`, spread evenly: entities next to each other are of one kind. */
function spreadOut(ids: readonly string[], count: number): string[] {
  const every = Math.max(1, Math.floor(ids.length / count))
  return ids.filter((_, n) => n % every === 0).slice(0, count)
}

/** Answers the box of the graph: an entity's neighbourhood as markup, or entities that have one. */
export function openGraphBox(
  { models, registry, online }: Pick<Cloud, 'models' | 'registry' | 'online'>,
  scene: string,
): AnswerSearch {
  const servedParts = openServedParts(registry, scene)
  const { entity } = openGraph({ scene, online, servedParts })
  const namesOf = openEntityNames(models)

  async function ask({ searchParams }: URL): Promise<Answer> {
    const id = searchParams.get('id')?.trim() ?? ''
    if (id === '') {
      const names = await namesOf((await servedParts()) ?? {})
      const suggestions = spreadOut(names?.ids ?? [], SUGGESTED)
      // A page that opens asks for suggestions: that there are none yet is no failure.
      const error = 'No served graph has an entity with a name yet.'
      return { status: 200, body: suggestions.length > 0 ? { suggestions } : { error } }
    }
    const found = await entity(id)
    if (!found)
      return unknown(`the served graph has no entity ${id}; expected <kind>:<name>, as item:i12`)
    const name = found.name === null ? '' : ` (${found.name})`
    const about = `${found.kind} ${found.id}${name}; graph ${found.generation}`
    return { status: 200, body: { id, about, markup: drawNeighbourhood(found) } }
  }
  return (_, response, url) => {
    ask(url)
      .catch((error: Error): Answer => {
        if (error instanceof NoGraph)
          return unknown(`${error.message}. The first graph is served after the first release.`)
        return { status: 500, body: { error: error.message } }
      })
      .then(({ status, body }) => {
        response.writeHead(status, {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        })
        response.end(JSON.stringify(body))
      })
  }
}
