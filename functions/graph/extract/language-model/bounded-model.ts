import type { LanguageModelDefinition } from '../../../contract/graph.ts'
import { MINUTE_MS } from '../../../contract/time.ts'
import type { Answer, LanguageModel } from './port.ts'

/** Failures in a row after which a model is taken to be dead. */
const MAX_FAILURES = 5
/** Of the fifteen minutes of a call. The rest is for folds and builds. */
const MAX_MS = 5 * MINUTE_MS

/**
 * A model for one call, which never holds it up: after five failures in a row, or five minutes, it answers `unavailable`
 * without asking. An answer takes the time that its service reports, and anything else the whole timeout, so no clock is
 * read. A model that throws, because access is denied or it does not exist, is asked no more.
 */
export function boundedModel(
  model: LanguageModel,
  { timeoutSeconds }: Pick<LanguageModelDefinition, 'timeoutSeconds'>,
): LanguageModel {
  let failures = 0
  let spentMs = 0
  let isDenied = false
  return {
    id: model.id,
    async ask(question): Promise<Answer> {
      if (isDenied) return { failure: 'denied or missing' }
      if (failures >= MAX_FAILURES || spentMs >= MAX_MS) return { failure: 'unavailable' }
      try {
        const answer = await model.ask(question)
        const isAnswered = 'text' in answer
        failures = isAnswered ? 0 : failures + 1
        spentMs += (isAnswered ? answer.latencyMs : undefined) ?? timeoutSeconds * 1000
        return answer
      } catch {
        isDenied = true
        return { failure: 'denied or missing' }
      }
    },
  }
}
