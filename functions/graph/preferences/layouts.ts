import type { InstructionSample, PreferenceSample } from './training-data.ts'

/** One JSON value a line, each with a line end. */
const jsonLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('')

const message = (role: 'user' | 'assistant', content: string) => ({ role, content })

/** Preference data for TRL's `DPOTrainer`: explicit prompt ("Dataset formats and types", standard preference). */
export const trlPreference = (samples: readonly PreferenceSample[]): string =>
  jsonLines(samples.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected })))

/** The same as conversations, to which TRL applies the model's chat template ("Dataset formats", conversational). */
export const trlConversation = (samples: readonly PreferenceSample[]): string =>
  jsonLines(
    samples.map(({ prompt, chosen, rejected }) => ({
      prompt: [message('user', prompt)],
      chosen: [message('assistant', chosen)],
      rejected: [message('assistant', rejected)],
    })),
  )

/**
 * Instruction data for SageMaker JumpStart: `train.jsonl`, and the `template.json` beside it that says how its fields
 * become a prompt and a completion ("Fine-tune a large language model (LLM) using prompt instructions").
 */
export const jumpStartInstructions = (samples: readonly InstructionSample[]) => ({
  'train.jsonl': jsonLines(
    samples.map(({ prompt, accepted }) => ({ instruction: prompt, response: accepted })),
  ),
  'template.json': `${JSON.stringify({
    prompt:
      'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n{instruction}\n\n### Response:\n',
    completion: '{response}',
  })}\n`,
})

/** For Amazon Bedrock, "Prepare data for fine-tuning text-to-text models", non-conversational tasks. */
export const bedrockCompletion = (samples: readonly InstructionSample[]): string =>
  jsonLines(samples.map(({ prompt, accepted }) => ({ prompt, completion: accepted })))

/** The same page, Converse API format, for models that are served by it. */
export const bedrockConversation = (
  samples: readonly InstructionSample[],
  system?: string,
): string =>
  jsonLines(
    samples.map(({ prompt, accepted }) => ({
      schemaVersion: 'bedrock-conversation-2024',
      ...(system !== undefined && { system: [{ text: system }] }),
      messages: [
        { role: 'user', content: [{ text: prompt }] },
        { role: 'assistant', content: [{ text: accepted }] },
      ],
    })),
  )
