import { type Flags, type Given, missing, parseFlags } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { flagsOf, type Verb } from './verbs.ts'

const commandOf = ({ script }: Verb): string => `npm run ${script}`

/** The flags of a verb as text. Null if the user asked for help. Throws UsageError for an unknown flag. */
export function readFlags(verb: Verb, words: readonly string[]): Given<Flags> | null {
  const flags = Object.entries(flagsOf(verb)).map(
    ([name, { takes }]) => [name, takes === null ? 'switch' : 'text'] as const,
  )
  return parseFlags(words, Object.fromEntries(flags), commandOf(verb))
}

/** The request to the function. `nowIso` is the default time. Throws UsageError for a missing or invalid flag. */
export function requestOf(
  verb: Verb,
  given: Given<Flags>,
  nowIso: string,
): Record<string, unknown> {
  verb.check?.(given)
  const request: Record<string, unknown> = {}
  for (const [name, { isRequired, read }] of Object.entries(flagsOf(verb))) {
    if (isRequired && !given[name]) throw missing(name, commandOf(verb))
    if (['stack', 'function', 'json', 'help', 'at'].includes(name)) continue
    request[name] = readValue(name, given[name], read)
  }
  if (!verb.isTimed) return request
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
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`--${name} ${value}: ${error.message}`, { cause: error })
  }
}
