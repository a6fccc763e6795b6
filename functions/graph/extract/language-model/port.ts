import type { Extracted } from '../catalogue/catalogue.ts'

/** A passage of a document, as it is extracted by itself. */
export interface Passage {
  /** The document's id. */
  document: string
  text: string
  /** Where it starts in the document's text. */
  fromChar: number
  /** The source of its claims: that of the document. */
  source: string
  /** When it could first be used. */
  knowableMs: number
}

/** Extracts claims from passages. What it cannot read claims nothing, and is counted by reason. */
export interface ClaimExtractor {
  extract(passage: Passage): Promise<Extracted>
}

/** What a language model is asked. `data` is what a stranger wrote. */
export interface Question {
  system: string
  instruction: string
  data: string
}

/** Why there is no answer. Another attempt may get one. */
export type Failure =
  | 'timeout'
  | 'throttled'
  | 'unavailable'
  | 'request refused'
  | 'denied or missing'
/** `latencyMs`: the time that the service took, where it says so. */
export type Answer = { text: string; latencyMs?: number } | { failure: Failure }

/** A language model. Throws only what no other passage would change: access that is denied, a missing model. */
export interface LanguageModel {
  /** Names the model and its settings: answers are cached by it. */
  id: string
  ask(question: Question): Promise<Answer>
}
