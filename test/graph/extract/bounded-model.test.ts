import { describe, expect, test } from 'vitest'
import { boundedModel } from '../../../functions/graph/extract/language-model/bounded-model.ts'
import type { Answer, LanguageModel } from '../../../functions/graph/extract/language-model/port.ts'
import {
  atHour,
  dropDocuments,
  firstNumbers,
  foldAt,
  graphOfWorld,
  graphWorld,
  shopText,
} from '../../make/graph-world.ts'

const question = { system: '', instruction: '', data: '' }

/** A model that answers so, question by question; the last answer repeats. */
function modelOf(...answers: (Answer | Error)[]): LanguageModel & { asked: number } {
  const model = {
    ...{ id: 'm', asked: 0 },
    async ask(): Promise<Answer> {
      const answer = answers[Math.min(model.asked++, answers.length - 1)]!
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  return model
}
/** What a bounded model answers to questions, one after another. */
async function ask(model: LanguageModel, questions: number, timeoutSeconds = 30) {
  const bounded = boundedModel(model, { timeoutSeconds })
  const answers: Answer[] = []
  for (let n = 0; n < questions; n++) answers.push(await bounded.ask(question))
  return answers
}
const text: Answer = { text: '{"claims":[]}', latencyMs: 900 }
const timeout: Answer = { failure: 'timeout' }

describe('the bound of a language model', () => {
  test('After five failures in a row it is asked no more', async () => {
    const model = modelOf(timeout)
    const answers = await ask(model, 8, 1)
    expect(model.asked).toBe(5)
    expect(answers.slice(4)).toEqual([timeout, ...Array(3).fill({ failure: 'unavailable' })])
  })

  test('An answer between failures keeps it asked', async () => {
    const four = Array<Answer>(4).fill(timeout)
    const model = modelOf(...four, text, ...four, text)
    await ask(model, 20, 1)
    expect(model.asked).toBe(20)
  })

  test('Five minutes of latency are the most that answers take', async () => {
    const model = modelOf(text)
    const answers = await ask(model, 400)
    // ⌈300 s / 0.9 s⌉
    expect(model.asked).toBe(334)
    expect(answers.at(-1)).toEqual({ failure: 'unavailable' })
    const silent = modelOf({ text: '' })
    await ask(silent, 20, 60)
    expect(silent.asked).toBe(5)
  })

  test('A model that denies access is asked once', async () => {
    const model = modelOf(new Error('AccessDeniedException'))
    const answers = await ask(model, 3)
    expect(model.asked).toBe(1)
    expect(answers).toEqual(Array(3).fill({ failure: 'denied or missing' }))
  })
})

describe('a scene whose language model is dead', () => {
  const makeWorld = async () => {
    const world = graphWorld({
      catalogue: { title: { relation: 'name' } },
      languageModel: { kind: 'bedrock', modelId: 'm', relations: ['made-of'], timeoutSeconds: 1 },
      shards: 4,
    })
    const texts = firstNumbers(9).map((n) => shopText(`d${n}`, `# Pans ${n}\n\nOf iron.`))
    await dropDocuments(
      world,
      0,
      texts.map((one) => ({ ...one, attributes: { format: 'markdown' } })),
    )
    return world
  }

  test.each([
    ['never answers', timeout, 5, { 'model: timeout': 5, 'model: unavailable': 4 }],
    ['denies access', new Error('denied'), 1, { 'model: denied or missing': 9 }],
  ] as const)('A model that %s stops no build', async (_what, answer, most, refused) => {
    const world = await makeWorld()
    const model = modelOf(answer)
    const { generation, result, refusedClaims } = await foldAt(world, 0, { model })
    expect({ result, refusedClaims }).toEqual({ result: 'accepted', refusedClaims: 9 })
    expect(model.asked).toBe(most)
    const { state } = await graphOfWorld(world, generation!)
    const snapshot = JSON.parse(Buffer.from(await world.models.get(state.snapshot)).toString())
    expect(snapshot.accounts.refused).toEqual(refused)
    await dropDocuments(world, 1, [{ ...shopText('d9', 'Pans'), timeMs: atHour(1) }])
    const later = await foldAt(world, 1, { model })
    expect(later.folded).toMatchObject([{ result: 'folded', drops: 1, refusedClaims: 1 }])
  })
})
