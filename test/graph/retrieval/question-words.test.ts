import { expect, test } from 'vitest'
import type { RetrievalPorts } from '../../../functions/graph/retrieval/ports.ts'
import { withoutQuestionWords } from '../../../functions/graph/retrieval/question-words.ts'
import { retrieve } from '../../../functions/graph/retrieval/retrieve.ts'
import { chunksPort } from '../../make/documents-collection.ts'

test('A question loses the words that only ask', () => {
  expect(withoutQuestionWords('How do I send a parcel back?')).toBe('send a parcel back?')
  expect(withoutQuestionWords("What's the torque of bolt M8?")).toBe('the torque of bolt M8?')
  expect(withoutQuestionWords('whatever dogs can doc')).toBe('whatever dogs doc')
})

test('A question of nothing but question words is kept', () => {
  for (const question of ['Who are you?', 'The Who', 'What do we have?', '???'])
    expect(withoutQuestionWords(question)).toBe(question)
})

test('Names of entities are looked for in the whole question', async () => {
  const [searched, expanded]: [string[], string[]] = [[], []]
  const ports: RetrievalPorts = {
    lexical: async (query) => {
      searched.push(query)
      return []
    },
    expand: async (query) => {
      expanded.push(query)
      return []
    },
    chunks: chunksPort([]),
  }
  await retrieve('How do I tune The Who?', ports, { k: 1 })
  expect(searched).toEqual(['tune The ?'])
  expect(expanded).toEqual(['How do I tune The Who?'])
})
