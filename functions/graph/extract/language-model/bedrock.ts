import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
} from '@aws-sdk/client-bedrock-runtime'
import type { LanguageModelDefinition } from '../../../contract/graph.ts'
import type { Answer, Failure, LanguageModel, Question } from './port.ts'

/** A second attempt is worth its time, a fourth is not: the next run asks again. */
export const bedrockClient = (configuration: BedrockRuntimeClientConfig = {}) =>
  new BedrockRuntimeClient({ maxAttempts: 3, ...configuration })

/** "Converse", Amazon Bedrock API reference: errors. */
const FAILURES: Readonly<Record<string, Failure>> = {
  ThrottlingException: 'throttled',
  ModelNotReadyException: 'throttled',
  ModelTimeoutException: 'timeout',
  TimeoutError: 'timeout',
  AbortError: 'timeout',
  ValidationException: 'request refused',
}
/** What every passage would get: access that is denied, a model that does not exist. */
const LASTING_STATUSES = [401, 403, 404]

/** Why there is no answer. Throws the error if it would be the same for every passage. */
function failureOf(error: unknown): Failure {
  const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
  if (LASTING_STATUSES.includes($metadata?.httpStatusCode ?? 0)) throw error
  // Anything else: the service was not reached, has a fault, or answered in no form that the client reads.
  return FAILURES[name] ?? 'unavailable'
}

/** What comes first: the promise, or the end of the time. The client also stops a request that has begun. */
async function within<T>(ms: number, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms)
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  const started = start(signal)
  started.catch(() => {})
  try {
    return await Promise.race([started, ended])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const commandOf = (
  { modelId, maxTokens }: LanguageModelDefinition,
  { system, instruction, data }: Question,
) =>
  new ConverseCommand({
    modelId,
    system: [{ text: system }],
    // The data is a block of its own, after the instruction.
    messages: [{ role: 'user', content: [{ text: instruction }, { text: data }] }],
    inferenceConfig: { maxTokens, temperature: 0 },
  })

/** A model of Amazon Bedrock, asked by its Converse API. `timeoutSeconds` holds for all attempts of one question. */
export const bedrockModel = (
  client: BedrockRuntimeClient,
  definition: LanguageModelDefinition,
): LanguageModel => ({
  id: `bedrock ${definition.modelId} ${definition.maxTokens}`,
  async ask(question): Promise<Answer> {
    try {
      const { output, metrics } = await within(definition.timeoutSeconds * 1000, (abortSignal) =>
        client.send(commandOf(definition, question), { abortSignal }),
      )
      const text = (output?.message?.content ?? []).map(({ text = '' }) => text).join('')
      const latencyMs = metrics?.latencyMs
      return { text, ...(latencyMs !== undefined && { latencyMs }) }
    } catch (error) {
      return { failure: failureOf(error) }
    }
  },
})
