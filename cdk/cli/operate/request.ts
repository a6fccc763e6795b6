import { parseArgs } from 'node:util'
import { flagsOf, type Verb, WrongUse } from './verbs.ts'

export type Given = Record<string, string | boolean | undefined>

/** The flags of a verb, unread. Throws WrongUse for one that it does not have. */
export function readFlags(verb: Verb, words: string[]): Given {
  const flags = Object.entries(flagsOf(verb))
  const options = Object.fromEntries(
    flags.map(([name, { takes }]) => [
      name,
      { type: takes === null ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({
      args: words,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    }).values as Given
  } catch (error) {
    throw new WrongUse((error as Error).message.split('. ')[0], { cause: error })
  }
}

/** What the function is sent; `nowIso` where a time is needed and none is given. Throws WrongUse for a flag that is missing or cannot be read. */
export function requestOf(verb: Verb, given: Given, nowIso: string): Record<string, unknown> {
  const request: Record<string, unknown> = {}
  for (const [name, { isRequired, read }] of Object.entries(flagsOf(verb))) {
    if (isRequired && !given[name]) throw new WrongUse(`--${name} is missing`)
    if (['stack', 'function', 'json', 'help', 'at'].includes(name)) continue
    request[name] = readValue(name, given[name], read)
  }
  if (!verb.writes) return request
  const at = readValue('at', given['at'], flagsOf(verb)['at']!.read)
  return { ...request, requestedTime: at ?? nowIso }
}

function readValue(
  name: string,
  value: string | boolean | undefined,
  read?: (text: string) => unknown,
) {
  if (typeof value !== 'string' || !read) return value
  try {
    return read(value)
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error
    throw new WrongUse(`--${name} ${value}: ${error.message}`, { cause: error })
  }
}
