import type { Claim } from '../../../contract/claims.ts'
import type { LanguageModelDefinition } from '../../../contract/graph.ts'
import type { GraphDefinition, StatedDrop } from '../../../contract/graph-objects.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import type { ClaimBatch } from '../../claims/claim-file.ts'
import { documentSource, type ReadableDocument } from '../documents/documents.ts'
import { eachDocument } from '../documents/documents-batch.ts'
import type { ClaimExtractor, Passage } from './port.ts'

/** Long enough to name what it is about, short enough for one answer. */
const PASSAGE_CHARACTERS = 3000
const PARAGRAPHS = '\n\n'

/** A document's paragraphs in passages. A longer paragraph is a passage of its own. */
function* passagesOf(
  { id, text, knowableMs }: ReadableDocument,
  { maxCharacters }: Pick<LanguageModelDefinition, 'maxCharacters'>,
): Generator<Passage> {
  const most = Math.min(PASSAGE_CHARACTERS, maxCharacters)
  const about = { document: id, source: documentSource(id), knowableMs }
  for (let from = 0; from < text.length; ) {
    let through = from
    for (let next = from; next < text.length; ) {
      const found = text.indexOf(PARAGRAPHS, next)
      const end = found < 0 ? text.length : found
      if (through > from && end - from > most) break
      through = end
      next = end + PARAGRAPHS.length
    }
    yield { ...about, text: text.slice(from, through), fromChar: from }
    from = through + PARAGRAPHS.length
  }
}

/** A claim with offsets of the document's source, and its provider. */
function placed({ toSource, provider }: ReadableDocument, claim: Claim): Claim {
  const { fromChar, throughChar, ...rest } = claim
  const own = { ...rest, ...(provider !== undefined && { provider }) }
  if (fromChar === undefined || throughChar === undefined) return own
  if (!toSource) return { ...own, fromChar, throughChar }
  // Its ends may be in two paragraphs.
  const [from] = toSource(fromChar, fromChar + 1)
  const [, through] = toSource(throughChar - 1, throughChar)
  return { ...own, fromChar: from, throughChar: through }
}

/** What a language model reads in the documents of a drop. Passages are asked about one after another. */
export const modelBatch = (
  lake: ObjectStore,
  drop: StatedDrop,
  definition: GraphDefinition,
  extractor: ClaimExtractor,
): Promise<ClaimBatch> =>
  eachDocument(lake, drop, definition, async (document, batch) => {
    for (const passage of passagesOf(document, definition.graph.languageModel!)) {
      const { claims, refused } = await extractor.extract(passage)
      batch.add({ claims: claims.map((claim) => placed(document, claim)), refused })
    }
  })
