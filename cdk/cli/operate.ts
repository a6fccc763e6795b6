import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { RefusedError, UsageError } from './errors.ts'
import { runCommand } from './exit.ts'
import { PRINTERS, PROGRESS } from './operate/print.ts'
import { isIncomplete } from './operate/print-erasure.ts'
import { readFlags, requestOf } from './operate/request.ts'
import { usageOf, VERBS } from './operate/verbs.ts'

const DEFAULT_STACK = 'QuartermasterPipeline'

async function invoke(functionName: string, request: object): Promise<Record<string, unknown>> {
  const command = new InvokeCommand({
    FunctionName: functionName,
    Payload: JSON.stringify(request),
  })
  const { FunctionError, Payload } = await new LambdaClient().send(command).catch((error) => {
    if (error.name !== 'ResourceNotFoundException') throw error
    throw new UsageError(
      `${functionName}: no such function in this account and Region; name the stack with --stack, or the function with --function`,
      { cause: error },
    )
  })
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || '{}')
  if (FunctionError) throw new RefusedError(String(answer.errorMessage ?? FunctionError))
  return answer
}

async function main([name = '', ...words]: string[]): Promise<number> {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (!verb)
    throw new UsageError(`${name || 'no verb'}: expected one of ${Object.keys(VERBS).join(', ')}`)
  const given = readFlags(verb, words)
  if (given === null) {
    process.stdout.write(usageOf(verb))
    return 0
  }
  const request = requestOf(verb, given, new Date().toISOString())
  const functionName = String(given['function'] ?? `${given['stack'] ?? DEFAULT_STACK}-${name}`)
  let answer = await invoke(functionName, request)
  // The function stores how far it is, so a broken connection or an interrupt loses nothing.
  while (verb.isRepeated && answer['isDone'] !== true) {
    process.stderr.write(`${PROGRESS[name]!(answer as never)}\n`)
    answer = await invoke(functionName, request)
  }
  const text = given['json'] ? JSON.stringify(answer, null, 1) : PRINTERS[name]!(answer as never)
  process.stdout.write(`${text}\n`)
  return isIncomplete(answer as never) ? 1 : 0
}

await runCommand(main)
