import type { TrainerFile } from '../../contract/preference-keys.ts'
import type { Sample, SelectedSamples } from './select-samples.ts'

/** One JSON value a line, each with a line end. */
const jsonLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('')

const message = (role: 'user' | 'assistant', content: string) => ({ role, content })

/**
 * Preference data for TRL's `DPOTrainer`, to which it applies the model's chat template ("Dataset formats and types",
 * preference with explicit prompt, conversational).
 */
const trlPreference = (samples: readonly Sample[]): string =>
  jsonLines(
    samples.map(({ prompt, chosen, rejected }) => ({
      prompt: [message('user', prompt)],
      chosen: [message('assistant', chosen)],
      rejected: [message('assistant', rejected!)],
    })),
  )

/**
 * Instruction data for SageMaker JumpStart; `template.json` beside it says how its fields become a prompt and a completion
 * ("Fine-tune a large language model (LLM) using prompt instructions").
 */
const jumpStartLines = (samples: readonly Sample[]): string =>
  jsonLines(samples.map(({ prompt, chosen }) => ({ instruction: prompt, response: chosen })))
const JUMPSTART_TEMPLATE = `${JSON.stringify({
  prompt:
    'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n{instruction}\n\n### Response:\n',
  completion: '{response}',
})}\n`

/** For Amazon Bedrock, "Prepare data for fine-tuning text-to-text models", Converse API format, one turn a line. */
const bedrockConversation = (samples: readonly Sample[]): string =>
  jsonLines(
    samples.map(({ prompt, chosen }) => ({
      schemaVersion: 'bedrock-conversation-2024',
      messages: [
        { role: 'user', content: [{ text: prompt }] },
        { role: 'assistant', content: [{ text: chosen }] },
      ],
    })),
  )

/** The body of each file for trainers. The same samples give the same bytes. */
export function writeTrainerFiles({ samples }: SelectedSamples): Record<TrainerFile, string> {
  const { preference, instruction } = samples
  const bodies: Record<TrainerFile, string> = {
    'preference/trl/train.jsonl': trlPreference(preference.train),
    'preference/trl/validation.jsonl': trlPreference(preference.validation),
    'instruction/jumpstart/train/train.jsonl': jumpStartLines(instruction.train),
    'instruction/jumpstart/train/template.json': JUMPSTART_TEMPLATE,
    'instruction/jumpstart/validation/validation.jsonl': jumpStartLines(instruction.validation),
    'instruction/jumpstart/validation/template.json': JUMPSTART_TEMPLATE,
    'instruction/bedrock/train.jsonl': bedrockConversation(instruction.train),
    'instruction/bedrock/validation.jsonl': bedrockConversation(instruction.validation),
  }
  return bodies
}
