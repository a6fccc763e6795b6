import { type BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { type Generator, groundedPrompt, type Reader } from 'quartermaster/reader'

/** A model of Amazon Bedrock behind the port. Any other model is another object with `generate`. */
export const bedrockGenerator = (client: BedrockRuntimeClient, modelId: string): Generator => ({
  async generate({ question, passages, maxCharacters }, abortSignal) {
    const { system, user } = groundedPrompt({ question, passages })
    const command = new ConverseCommand({
      modelId,
      system: [{ text: system }],
      messages: [{ role: 'user', content: [{ text: user }] }],
      inferenceConfig: { maxTokens: Math.ceil(maxCharacters / 3), temperature: 0 },
    })
    const { output } = await client.send(command, abortSignal ? { abortSignal } : {})
    const text = (output?.message?.content ?? []).map((part) => part.text ?? '').join('')
    const cited = passages.map(({ id }) => id).filter((id) => text.includes(id))
    return { text: text.slice(0, maxCharacters), cited, model: modelId }
  },
})

/** Answers from the documents of a scene, and names the passages that the answer used. */
export async function answer(reader: Reader, generator: Generator, question: string) {
  const { passages, generations } = await reader.retrieve(question, { k: 6 })
  if (passages.length === 0) return null
  const maxCharacters = 2000
  const { text, cited, model } = await generator.generate({ question, passages, maxCharacters })
  const sources = passages.filter(({ id }) => cited.includes(id))
  return { text, model, sources, shown: passages.map(({ id }) => id), generations }
}
