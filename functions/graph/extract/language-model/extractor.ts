import { z } from 'zod'
import { modelAnswerKey } from '../../../contract/claim-keys.ts'
import { type Claim, RELATIONS } from '../../../contract/claims.ts'
import type { LanguageModelDefinition } from '../../../contract/graph.ts'
import { digestOf } from '../../../core/digest.ts'
import { findJson, type ObjectStore } from '../../../core/objects.ts'
import { type Refusals, refuse, uniqueClaims } from '../../claims/claim.ts'
import { entityId } from '../../claims/entity-id.ts'
import type { Extracted } from '../catalogue/catalogue.ts'
import { type Dictionary, findMentions, foldPhrase } from '../documents/dictionary.ts'
import { type Word, wordsOf } from '../documents/words.ts'
import type { Answer, ClaimExtractor, LanguageModel, Passage, Question } from './port.ts'
import { type Proposal, QUESTION_VERSION, questionOf, readAnswer } from './question.ts'

export const LANGUAGE_MODEL_EXTRACTOR = `language-model@${QUESTION_VERSION}`

export interface ModelExtraction {
  scene: string
  model: LanguageModel
  definition: LanguageModelDefinition
  dictionary: Dictionary
  /** Where answers are cached, by the digest of model and question. */
  lake: ObjectStore
}

const storedSchema = z.object({ model: z.string(), text: z.string() })

/** The cached answer, or that of the model. Only answers are cached: a failure is asked again by the next run. */
async function askOnce(
  { scene, model, lake }: ModelExtraction,
  question: Question,
): Promise<Answer> {
  const key = modelAnswerKey(scene, digestOf([model.id, question]).slice(0, 32))
  const known = await findJson(lake, key, storedSchema)
  if (known) return { text: known.text }
  const answer = await model.ask(question)
  if ('failure' in answer) return answer
  const stored = JSON.stringify({ model: model.id, text: answer.text.toWellFormed() })
  // Of two answers to one question, the first holds.
  await lake.putIfAbsent(key, stored, 'application/json')
  return (await findJson(lake, key, storedSchema)) ?? answer
}

interface Named {
  entity: string
  /** It is not in the dictionary. */
  isNew: boolean
  name: string
  fromChar: number
  throughChar: number
}

/** Where a text first has all words of a name in a row, whatever their case and accents; null: nowhere. */
function findName(words: readonly Word[], name: string): { from: Word; to: Word } | null {
  const wanted = [...wordsOf(name)].map(({ folded }) => folded)
  if (wanted.length === 0 || wanted.length > 12) return null
  for (let at = 0; at + wanted.length <= words.length; at++)
    if (wanted.every((word, n) => words[at + n]!.folded === word))
      return { from: words[at]!, to: words[at + wanted.length - 1]! }
  return null
}

/** The entity of a name that the passage has. Null, counted, for one that it has not. */
function nameIn(
  { text }: Passage,
  words: readonly Word[],
  dictionary: Dictionary,
  name: string,
  refused: Refusals,
): Named | null {
  const found = findName(words, name)
  if (!found) {
    refuse(refused, 'model: entity is not in the text')
    return null
  }
  const [fromChar, throughChar] = [found.from.fromChar, found.to.throughChar]
  const written = text.slice(fromChar, throughChar)
  const known = findMentions(written, dictionary).filter(
    (mention) =>
      foldPhrase(written.slice(mention.fromChar, mention.throughChar)) === foldPhrase(written),
  )
  if (known.length > 1) {
    refuse(refused, 'model: entity is ambiguous')
    return null
  }
  const entity = known[0]?.entity ?? entityId('topic', written)
  if (entity === null) return null
  return { entity, isNew: known.length === 0, name: written, fromChar, throughChar }
}

function claimsOf(
  extraction: ModelExtraction,
  passage: Passage,
  proposals: readonly Proposal[],
  refused: Refusals,
): Claim[] {
  const { definition, dictionary } = extraction
  const words = [...wordsOf(passage.text)]
  const base = {
    ...{ source: passage.source, extractor: LANGUAGE_MODEL_EXTRACTOR },
    ...{ confidence: definition.confidence, validFromMs: passage.knowableMs },
  }
  const span = (from: number, through: number) => ({
    ...{ fromChar: passage.fromChar + from, throughChar: passage.fromChar + through },
  })
  return proposals.flatMap(({ subject, relation, object }): Claim[] => {
    if (!definition.relations.includes(relation)) {
      refuse(refused, 'model: relation is not asked for')
      return []
    }
    const a = nameIn(passage, words, dictionary, subject, refused)
    const b = a && nameIn(passage, words, dictionary, object, refused)
    if (!a || !b) return []
    if (a.entity === b.entity) {
      refuse(refused, 'model: relates an entity to itself')
      return []
    }
    const names = [a, b].filter(({ isNew }) => isNew)
    return [
      {
        ...{ ...base, subject: a.entity, relation, object: b.entity, isEntity: true },
        ...span(Math.min(a.fromChar, b.fromChar), Math.max(a.throughChar, b.throughChar)),
      },
      ...names.map(({ entity, name, fromChar, throughChar }) => ({
        ...{ ...base, subject: entity, relation: RELATIONS.name, object: name, isEntity: false },
        ...span(fromChar, throughChar),
      })),
    ]
  })
}

/**
 * Claims that a language model proposes, of those that hold: relations that are asked for, between names that the
 * passage has. No answer, a slow one or one of another form claims nothing, and the reason is counted. The same passage
 * is asked about once. Throws faults of the store, and access that is denied.
 */
export function languageModelExtractor(extraction: ModelExtraction): ClaimExtractor {
  const { definition } = extraction
  return {
    async extract(passage): Promise<Extracted> {
      const refused: Refusals = {}
      const nothing = (reason: string): Extracted => {
        refuse(refused, reason)
        return { claims: [], refused }
      }
      if (passage.text.trim() === '') return { claims: [], refused }
      if (passage.text.length > definition.maxCharacters)
        return nothing('model: too long a passage')
      const answer = await askOnce(extraction, questionOf(passage.text, definition.relations))
      if ('failure' in answer) return nothing(`model: ${answer.failure}`)
      const read = readAnswer(answer.text)
      if (!read) return nothing('model: answer of another form')
      if (read.malformed > 0) refuse(refused, 'model: proposal of another form', read.malformed)
      const claims = claimsOf(extraction, passage, read.proposals, refused)
      return { claims: uniqueClaims(claims), refused }
    },
  }
}
