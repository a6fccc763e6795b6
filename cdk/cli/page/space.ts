import type { IncomingMessage, ServerResponse } from 'node:http'
import { openOnce } from '../../../functions/core/open-once.ts'
import { openReader, type Reader } from '../../../functions/reader/reader.ts'
import { NothingRecalled } from '../../../functions/reader/recalled.ts'
import type { Cloud } from '../../local/cloud.ts'

/** Answers the box of the space: neighbours of an item, or what is recalled for a user. */
export interface SpaceBox {
  answer(request: IncomingMessage, response: ServerResponse, url: URL): void
  close(): void
}
export interface SpaceBoxOptions {
  cloud: Pick<Cloud, 'models' | 'registry' | 'online' | 'clock'>
  scene: string
  /** Loads what makes a pseudonym of a raw user id. */
  loadPseudonyms: () => Promise<(user: string) => string>
}

const NEIGHBOURS = 10
const RECALLED = 20
const SUGGESTED = 8
const PSEUDONYM = /^[0-9a-f]{32}$/

type Answer = { status: number; body: object }
const unknown = (error: string): Answer => ({ status: 404, body: { error } })

async function neighboursOf(reader: Reader, item: string): Promise<Answer> {
  const vector = await reader.vector({ item })
  if (!vector)
    return unknown(
      `the served space has no item ${item}: it has neither an event nor a text that is known, or there is no such item`,
    )
  const neighbours = await reader.neighbours(item, NEIGHBOURS)
  const { generation, isPlaced, degree } = vector
  return { status: 200, body: { item, generation, isPlaced, degree, neighbours } }
}

async function recalledFor(reader: Reader, user: string, timeMs: number): Promise<Answer> {
  const [vector, recalled] = await Promise.all([
    reader.vector({ user }),
    reader.recall(user, { timeMs, limit: RECALLED }),
  ])
  return { status: 200, body: { user, isKnown: vector !== null, ...recalled } }
}

/** Items that the box suggests: popular ones are surely there. */
async function suggest(reader: Reader, timeMs: number): Promise<Answer> {
  const { items } = await reader.recall('', { timeMs, sources: ['popular'], limit: SUGGESTED })
  return { status: 200, body: { suggestions: items.map(({ item }) => item) } }
}

/** The reader as an online service has it; what is typed may be a pseudonym, too. */
async function openOwnReader({ cloud, scene, loadPseudonyms }: SpaceBoxOptions): Promise<Reader> {
  const { models, registry, online } = cloud
  const pseudonymOf = await loadPseudonyms()
  return openReader({
    ...{ scene, models, registry, online },
    identify: (user) => (PSEUDONYM.test(user) ? user : pseudonymOf(user)),
    onFault: (fault, during) =>
      process.stderr.write(`the page failed while ${during}: ${(fault as Error).message}\n`),
  })
}

/** The box of one scene. Its reader is opened by the first question. */
export function openSpaceBox(options: SpaceBoxOptions): SpaceBox {
  const { cloud } = options
  let opened: Reader | null = null
  const readerOnce = openOnce(async () => {
    opened = await openOwnReader(options)
    return opened
  })
  async function ask({ searchParams }: URL): Promise<Answer> {
    const reader = await readerOnce()
    await reader.refresh()
    const [item, user] = [searchParams.get('item')?.trim(), searchParams.get('user')?.trim()]
    try {
      if (item) return await neighboursOf(reader, item)
      return user
        ? await recalledFor(reader, user, cloud.clock.now())
        : await suggest(reader, cloud.clock.now())
    } catch (error) {
      if (!(error instanceof NothingRecalled)) throw error
      const answer = unknown(
        `${error.message}. The first space is trained after the first day that is closed.`,
      )
      // A page that opens asks for suggestions: that there are none yet is no failure.
      return item || user ? answer : { ...answer, status: 200 }
    }
  }
  return {
    answer(_, response, url) {
      ask(url)
        .catch((error: Error): Answer => ({ status: 500, body: { error: error.message } }))
        .then(({ status, body }) => {
          response.writeHead(status, {
            'content-type': 'application/json',
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          })
          response.end(JSON.stringify(body))
        })
    },
    close: () => opened?.close(),
  }
}
