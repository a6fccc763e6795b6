import { parseArgs } from 'node:util'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { TELL } from './operate/tell.ts'
import { flagsOf, usageOf, VERBS, type Verb, WrongUse } from './operate/verbs.ts'

const DEFAULT_STACK = 'QuartermasterPipeline'

type Given = Record<string, string | boolean | undefined>

function readFlags(verb: Verb, words: string[]): Given {
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

/** What the function is sent. Throws WrongUse for a flag that is missing or cannot be read. */
function requestOf(verb: Verb, given: Given): Record<string, unknown> {
  const request: Record<string, unknown> = {}
  for (const [name, { isRequired, read }] of Object.entries(flagsOf(verb))) {
    if (isRequired && !given[name]) throw new WrongUse(`--${name} is missing`)
    if (['stack', 'function', 'json', 'help', 'at'].includes(name)) continue
    request[name] = readValue(name, given[name], read)
  }
  if (!verb.writes) return request
  const at = readValue('at', given['at'], flagsOf(verb)['at']!.read)
  return { ...request, requestedTime: at ?? new Date().toISOString() }
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

async function invoke(functionName: string, request: object): Promise<Record<string, unknown>> {
  const { FunctionError, Payload } = await new LambdaClient().send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }),
  )
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || '{}')
  if (FunctionError) throw new Error(String(answer.errorMessage ?? FunctionError))
  return answer
}

/** Exit codes: 0 done, 1 refused or out of reach, 2 asked wrongly. */
async function main([name = '', ...words]: string[]): Promise<number> {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (!verb) {
    process.stderr.write(`${name || 'no verb'}: expected one of ${Object.keys(VERBS).join(', ')}\n`)
    return 2
  }
  try {
    const given = readFlags(verb, words)
    if (given['help']) {
      process.stdout.write(usageOf(verb))
      return 0
    }
    const request = requestOf(verb, given)
    const functionName = String(given['function'] ?? `${given['stack'] ?? DEFAULT_STACK}-${name}`)
    const answer = await invoke(functionName, request)
    const text = given['json'] ? JSON.stringify(answer, null, 1) : TELL[name]!(answer as never)
    process.stdout.write(`${text}\n`)
    return 0
  } catch (error) {
    const { message } = error as Error
    const isWrongUse = error instanceof WrongUse
    const more = isWrongUse ? `; see npm run ${verb.script} -- --help` : ''
    process.stderr.write(`${message.split('\n')[0]}${more}\n`)
    return isWrongUse ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
