import {
  type SearchRequest,
  searchRequestSchema,
  type UrlEvent,
  urlEventSchema,
} from '../contract/search-request.ts'
import { describeFirstError, InvalidInput } from '../core/errors.ts'
import type { Search } from './found.ts'
import { NothingIndexed } from './open-index.ts'
import type { PassageOptions, Retrieval } from './passages.ts'

export type Searches = Search & Retrieval

/** An answer of a function URL. */
interface UrlAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

const FLAGS = ['documents', 'highlight', 'explain', 'complete', 'retrieve'] as const
const NUMBERS = ['limit', 'offset'] as const

/** The parameters of a GET as the body of a POST would have them. Lists and ranges need a POST. */
function readParameters(given: Readonly<Record<string, string>>): Record<string, unknown> {
  const request: Record<string, unknown> = { ...given }
  for (const name of NUMBERS) if (name in given) request[name] = Number(given[name])
  for (const name of FLAGS) if (name in given) request[name] = given[name] === 'true'
  return request
}

function readUrlEvent({ requestContext, queryStringParameters, body, isBase64Encoded }: UrlEvent) {
  if (requestContext.http.method === 'GET') return readParameters(queryStringParameters ?? {})
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidInput(`the body: ${(cause as Error).message}, expected JSON`, { cause })
  }
}

function parseRequest(given: unknown): SearchRequest {
  const parsed = searchRequestSchema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new InvalidInput(describeFirstError(parsed.error))
}

/** Passages take a limit and filters. What else is asked would be ignored, so it is refused. */
function passageOptions({
  limit,
  filters,
  ...others
}: Omit<SearchRequest, 'scene' | 'query'>): PassageOptions {
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw new InvalidInput(`retrieve: got ${other} beside it, expected only limit and filters`)
  return { ...(limit !== undefined && { k: limit }), ...(filters && { filters }) }
}

async function answer(searchOf: (scene: string) => Searches, given: unknown): Promise<unknown> {
  const { scene, query, complete, retrieve: isRetrieval, ...options } = parseRequest(given)
  const { search, complete: completeQuery, retrieve } = searchOf(scene)
  if (isRetrieval) return retrieve(query, passageOptions(options))
  if (complete) return { completions: await completeQuery(query, options.limit) }
  return search(query, options as Parameters<Search['search']>[1])
}

const urlAnswer = (statusCode: number, body: unknown): UrlAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/**
 * Answers a request to the function's URL, or a direct invocation with the same fields. A URL answers bad input with
 * 400, a scene without an index with 404, each with `error`; a direct invocation throws. Other faults are thrown.
 */
export async function answerSearch(
  searchOf: (scene: string) => Searches,
  event: unknown,
): Promise<unknown> {
  const url = urlEventSchema.safeParse(event)
  if (!url.success) return answer(searchOf, event)
  try {
    return urlAnswer(200, await answer(searchOf, readUrlEvent(url.data)))
  } catch (error) {
    if (error instanceof InvalidInput) return urlAnswer(400, { error: error.message })
    if (error instanceof NothingIndexed) return urlAnswer(404, { error: error.message })
    throw error
  }
}
