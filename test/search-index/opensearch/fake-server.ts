import { QuartermasterError } from '../../../functions/core/errors.ts'
import type {
  SearchServer,
  ServerAnswer,
  ServerRequest,
} from '../../../functions/search-index/opensearch/server.ts'

interface Held {
  external: bigint
  /** Null: deleted. */
  source: unknown
}
interface Action {
  name: 'index' | 'delete' | 'update'
  id: string
  external: bigint
  source: unknown
}

const ACTION = /^\{"(index|delete|update)":\{"_id":("(?:\\.|[^"\\])*")(?:,"version":(\d+))?/

/** The actions of a bulk body. Versions are read from the text: a number would lose digits. */
export function actionsOf(body: string): Action[] {
  const lines = body.split('\n').slice(0, -1)
  const actions: Action[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, name, id, version] = ACTION.exec(lines[i]!)!
    const source = name === 'delete' ? null : JSON.parse(lines[++i]!)
    actions.push({
      ...{ name: name as Action['name'], id: JSON.parse(id!) as string },
      ...{ external: BigInt(version ?? 0), source },
    })
  }
  return actions
}

export const answerItem = (
  name: string,
  status: number,
  error?: { type: string; reason: string },
  index = 'feed-g1',
) => ({ [name]: { _index: index, status, ...(error && { error }) } })

/** What a script answers to a request in place of the server. Undefined: the server answers. */
export type Script = (
  request: ServerRequest,
  call: number,
) => ServerAnswer | 'refused' | 'broken' | undefined

/**
 * One index of a search server with external versions. It forgets every deletion at once, as a real one
 * does after a restart, unless `keepsDeletions`. A `broken` request is carried out and not answered.
 */
export function fakeServer(script: Script = () => undefined, keepsDeletions = false) {
  const held = new Map<string, Held>()
  const requests: ServerRequest[] = []

  function apply({ name, id, external, source }: Action) {
    if (name === 'update')
      return answerItem(name, 404, { type: 'document_missing_exception', reason: '' })
    const known = held.get(id)
    if (known && known.external > external)
      return answerItem(name, 409, { type: 'version_conflict_engine_exception', reason: '' })
    const wasThere = known !== undefined && known.source !== null
    if (name === 'delete' && !keepsDeletions) held.delete(id)
    else held.set(id, { external, source })
    if (name === 'delete') return answerItem(name, wasThere ? 200 : 404)
    return answerItem(name, wasThere ? 200 : 201)
  }

  const server: SearchServer = {
    async send(request) {
      requests.push(request)
      const scripted = script(request, requests.length)
      if (scripted === 'refused') throw new QuartermasterError('connect ECONNREFUSED')
      if (scripted && scripted !== 'broken') return scripted
      const items = actionsOf(request.body!).map(apply)
      if (scripted === 'broken') throw new QuartermasterError('socket hang up')
      return { status: 200, body: { items } }
    },
  }
  return {
    server,
    requests,
    /** The documents that a search would find. */
    live: () =>
      new Map([...held].flatMap(([id, { source }]) => (source === null ? [] : [[id, source]]))),
  }
}
