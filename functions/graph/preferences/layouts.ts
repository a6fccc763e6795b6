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

/** What each file has of the samples. */
const WRITERS: Readonly<Record<TrainerFile, (samples: SelectedSamples['samples']) => string>> = {
  'preference/trl/train.jsonl': ({ preference }) => trlPreference(preference.train),
  'preference/trl/validation.jsonl': ({ preference }) => trlPreference(preference.validation),
  'instruction/jumpstart/train/train.jsonl': ({ instruction }) => jumpStartLines(instruction.train),
  'instruction/jumpstart/train/template.json': () => JUMPSTART_TEMPLATE,
  'instruction/jumpstart/validation/validation.jsonl': ({ instruction }) =>
    jumpStartLines(instruction.validation),
  'instruction/jumpstart/validation/template.json': () => JUMPSTART_TEMPLATE,
  'instruction/bedrock/train.jsonl': ({ instruction }) => bedrockConversation(instruction.train),
  'instruction/bedrock/validation.jsonl': ({ instruction }) =>
    bedrockConversation(instruction.validation),
}

/**
 * The body of one file for trainers. The same samples give the same bytes. Of the rows of `readNewest`, it is shorter than
 * the longest string of Node (2^29 - 24): six characters for each of theirs, and 200 for each row.
 */
export const writeTrainerFile = (file: TrainerFile, { samples }: SelectedSamples): string =>
  WRITERS[file](samples)
