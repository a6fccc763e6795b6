import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { sayOutside } from './ending.ts'
import { readFlags, requestOf } from './operate/request.ts'
import { TELL } from './operate/tell.ts'
import { usageOf, VERBS, WrongUse } from './operate/verbs.ts'

const DEFAULT_STACK = 'QuartermasterPipeline'

async function invoke(functionName: string, request: object): Promise<Record<string, unknown>> {
  const command = new InvokeCommand({
    FunctionName: functionName,
    Payload: JSON.stringify(request),
  })
  const { FunctionError, Payload } = await new LambdaClient().send(command).catch((error) => {
    if (error.name !== 'ResourceNotFoundException') throw error
    throw new WrongUse(
      `${functionName}: no such function in this account and Region; name it by --stack or --function`,
      { cause: error },
    )
  })
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
    const request = requestOf(verb, given, new Date().toISOString())
    const functionName = String(given['function'] ?? `${given['stack'] ?? DEFAULT_STACK}-${name}`)
    const answer = await invoke(functionName, request)
    const text = given['json'] ? JSON.stringify(answer, null, 1) : TELL[name]!(answer as never)
    process.stdout.write(`${text}\n`)
    return 0
  } catch (error) {
    const { message } = error as Error
    const isWrongUse = error instanceof WrongUse
    const more = isWrongUse ? `; see npm run ${verb.script} -- --help` : ''
    const sentence = sayOutside(error) ?? message.split('\n')[0]
    process.stderr.write(`${sentence}${more}\n`)
    return isWrongUse ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
