import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { describe, expect, test } from 'vitest'
import type { Generator, GeneratorRequest } from '../../functions/reader/reader.ts'
import { readmeBlock } from '../readme/blocks.ts'
import { excerptOf } from '../readme/excerpt.ts'
import { answer, bedrockGenerator } from './answer.ts'
import { passagesWorld } from './passages-world.ts'

const example = readFileSync(join(import.meta.dirname, 'answer.ts'), 'utf8')

/** A client of Bedrock whose model answers `text`. */
function bedrockOf(text: string) {
  const asked: { modelId: string; system: { text: string }[] }[] = []
  const client = new BedrockRuntimeClient({ region: 'us-east-1' })
  client.send = (async (command: { input: (typeof asked)[number] }) => {
    asked.push(command.input)
    return { output: { message: { content: [{ text }] } } }
  }) as typeof client.send
  return { client, asked }
}

describe('The example of an answer', () => {
  test('An answer names the passages that it used', async () => {
    const reader = await (await passagesWorld()).open()
    const { client, asked } = bedrockOf('Five watts [lamps-1].')
    const found = await answer(reader, bedrockGenerator(client, 'a-model'), 'a bulb for the lamp')
    expect(found).toMatchObject({
      ...{ text: 'Five watts [lamps-1].', model: 'a-model' },
      sources: [{ id: 'lamps-1', documentId: 'lamps' }],
    })
    expect(found!.shown).toContain('lamps-1')
    expect(asked).toMatchObject([{ modelId: 'a-model', inferenceConfig: { temperature: 0 } }])
    expect(asked[0]!.system[0]!.text).toMatch(/^Answer the question from the passages/)
  })

  test('Any model behind the port is asked with the passages', async () => {
    const reader = await (await passagesWorld()).open()
    const requests: GeneratorRequest[] = []
    const generator: Generator = {
      async generate(request) {
        requests.push(request)
        return { text: 'by hand', cited: ['none'], model: 'mine@1' }
      },
    }
    const found = await answer(reader, generator, 'how to wash a loveseat')
    expect(found).toMatchObject({ text: 'by hand', sources: [], model: 'mine@1' })
    expect(requests[0]!.passages.map(({ id }) => id)).toEqual(found!.shown)
    expect(await answer(reader, generator, '?')).toBeNull()
    expect(requests).toHaveLength(1)
  })

  test('The READMEs show the example as it is', () => {
    expect(`${readmeBlock('Answers from documents', 'groundedPrompt')}\n`).toBe(example)
    expect(example).toMatch(excerptOf(readmeBlock('Answer', 'reader.retrieve')))
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(32)
  })
})
