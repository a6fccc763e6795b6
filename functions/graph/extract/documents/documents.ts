import { type Claim, RELATIONS } from '../../../contract/claims.ts'
import type { DocumentsDefinition, TextPattern } from '../../../contract/graph.ts'
import { type Refusals, refuse, sourceOf, uniqueClaims } from '../../claims/claim.ts'
import { keptId, kindOf, pathId } from '../../claims/entity-id.ts'
import type { Extracted } from '../catalogue/catalogue.ts'
import { type Dictionary, findMentions, foldPhrase, type Mention } from './dictionary.ts'
import { type Heading, nestHeadings } from './headings.ts'

export const DOCUMENTS_EXTRACTOR = 'documents@1'

/** A clean text with its headings. */
export interface ReadableDocument {
  id: string
  /** Null: it has none, or the title is in the text. */
  title: string | null
  text: string
  headings: readonly Heading[]
  /** When it could first be used. */
  knowableMs: number
  /** Whose document it is; absent: nobody's in particular. */
  provider?: string
  /** Offsets of the text as offsets of the source, half open. */
  toSource?(fromChar: number, throughChar: number): [number, number]
}

/** The source of a document's claims: what it says after an edit replaces what it said before. */
export const documentSource = (id: string): string => sourceOf('document', id)

const MENTIONED = 0.8
const ABOUT = { title: 0.9, heading: 0.7 }
/** Headings say how a text is ordered, which is not always what is broader. */
const TOPIC = 0.4
/** Mentions of one entity in one document that are claimed with their place. */
const MAX_MENTIONS = 16
/** Characters between two entities that a pattern may have. */
const MAX_BETWEEN = 120

interface Reader {
  document: ReadableDocument
  subject: string
  claims: Claim[]
  refused: Refusals
  source: string
  /** By folded words. */
  patterns: ReadonlyMap<string, TextPattern>
}
type Said = Pick<
  Claim,
  'subject' | 'relation' | 'object' | 'confidence' | 'fromChar' | 'throughChar'
> & {
  isEntity?: boolean
}
function say({ claims, document, source }: Reader, said: Said): void {
  const { fromChar, throughChar, ...rest } = said
  const [from, through] =
    fromChar === undefined || throughChar === undefined
      ? [undefined, undefined]
      : (document.toSource?.(fromChar, throughChar) ?? [fromChar, throughChar])
  claims.push({
    ...{ isEntity: true, ...rest, source },
    ...{ extractor: DOCUMENTS_EXTRACTOR, validFromMs: document.knowableMs },
    ...(document.provider !== undefined && { provider: document.provider }),
    ...(from !== undefined && { fromChar: from, throughChar: through }),
  })
}
const place = ({ fromChar, throughChar }: Pick<Mention, 'fromChar' | 'throughChar'>) => ({
  ...{ fromChar, throughChar },
})

function sayMentions(reader: Reader, mentions: readonly Mention[]): void {
  const counts = new Map<string, number>()
  for (const mention of mentions) {
    const { entity, sharedBy } = mention
    const count = (counts.get(entity) ?? 0) + 1
    counts.set(entity, count)
    if (count > MAX_MENTIONS) {
      refuse(reader.refused, 'mentions: more of one entity')
      continue
    }
    say(reader, {
      ...{ subject: reader.subject, relation: RELATIONS.mentions, object: entity },
      ...{ confidence: MENTIONED / sharedBy, ...place(mention) },
    })
  }
}

/** What stands between two names in one sentence, as `knives such as santokus`. */
function sayPatterns(reader: Reader, mentions: readonly Mention[]): void {
  const { document, patterns } = reader
  for (let at = 1; at < mentions.length; at++) {
    const [a, b] = [mentions[at - 1]!, mentions[at]!]
    if (a.sharedBy > 1 || b.sharedBy > 1 || a.entity === b.entity) continue
    const between = document.text.slice(a.throughChar, b.fromChar)
    if (between.length > MAX_BETWEEN || /[.!?\n]\s/.test(between)) continue
    const pattern = patterns.get(foldPhrase(between))
    if (!pattern) continue
    const { relation, isReversed, confidence } = pattern
    const [subject, object] = isReversed ? [b.entity, a.entity] : [a.entity, b.entity]
    const [fromChar, throughChar] = [a.fromChar, b.throughChar]
    say(reader, { subject, relation, object, confidence, fromChar, throughChar })
  }
}

/** The only entity that a text names with all of its words. */
function entityNamed(text: string, dictionary: Dictionary): string | null {
  const [mention, ...others] = findMentions(text, dictionary)
  if (!mention || others.length > 0) return null
  return foldPhrase(text) === foldPhrase(text.slice(mention.fromChar, mention.throughChar))
    ? mention.entity
    : null
}

/** The title as the highest heading, where it is not the first one already. */
function titleOf({ title, text, headings }: ReadableDocument): string | null {
  const [first] = headings
  const isFirst = first && text.slice(first.fromChar, first.throughChar) === title
  return title === null || title.trim() === '' || isFirst ? null : title
}

/** Entities of headings: known ones, or topics named by the path of their headings. */
function sayHeadings(reader: Reader, dictionary: Dictionary, hasTopics: boolean): void {
  const { document, subject, refused } = reader
  const { text } = document
  const titled = titleOf(document)
  const known = new Map<Heading, string>()
  for (const { heading, parent, path } of nestHeadings(document.headings)) {
    const title = text.slice(heading.fromChar, heading.throughChar).trim()
    const named = entityNamed(title, dictionary)
    const steps = path.map(({ fromChar, throughChar }) => text.slice(fromChar, throughChar))
    const topic = hasTopics ? pathId('topic', titled === null ? steps : [titled, ...steps]) : null
    const entity = named ?? topic
    if (entity === null) {
      if (hasTopics) refuse(refused, 'headings: names no topic')
      continue
    }
    known.set(heading, entity)
    const confidence = named ? ABOUT.heading : TOPIC
    say(reader, {
      subject,
      relation: RELATIONS.about,
      object: entity,
      confidence,
      ...place(heading),
    })
    if (!named)
      say(reader, {
        ...{ subject: entity, relation: RELATIONS.name, object: title, isEntity: false },
        ...{ confidence: TOPIC, ...place(heading) },
      })
    const broader = parent && known.get(parent)
    if (broader && broader !== entity)
      say(reader, {
        ...{ subject: entity, relation: RELATIONS.broader, object: broader },
        ...{ confidence: TOPIC, ...place(heading) },
      })
  }
}

function sayTitle(reader: Reader, dictionary: Dictionary): void {
  const { document, subject } = reader
  if (document.title === null) return
  for (const { entity, sharedBy } of findMentions(document.title, dictionary))
    say(reader, {
      ...{ subject, relation: RELATIONS.about, object: entity, confidence: ABOUT.title / sharedBy },
    })
}

/**
 * Claims of one document: known entities that it mentions and is about, and what is broader by patterns and headings.
 * Offsets are those of its text; a title that is not in the text has none.
 */
export function extractDocument(
  document: ReadableDocument,
  dictionary: Dictionary,
  { patterns, topics }: Pick<DocumentsDefinition, 'patterns' | 'topics'>,
): Extracted {
  const reader: Reader = {
    ...{ document, subject: keptId('document', document.id), claims: [], refused: {} },
    source: documentSource(document.id),
    patterns: new Map(patterns.map((pattern) => [foldPhrase(pattern.between), pattern])),
  }
  const mentions = findMentions(document.text, dictionary)
  sayTitle(reader, dictionary)
  sayMentions(reader, mentions)
  sayPatterns(reader, mentions)
  sayHeadings(reader, dictionary, topics)
  return { claims: uniqueClaims(reader.claims), refused: reader.refused }
}

/** Names of the graph's entities of some kinds: what a dictionary is built of. */
export function namesIn(
  facts: Iterable<Pick<Claim, 'subject' | 'relation' | 'object'>>,
  kinds: readonly string[] | undefined,
): { name: string; entity: string }[] {
  const names: { name: string; entity: string }[] = []
  for (const { subject, relation, object } of facts)
    if (
      (relation === RELATIONS.name || relation === RELATIONS.alias) &&
      typeof object === 'string' &&
      (kinds
        ? kinds.includes(kindOf(subject))
        : !['topic', 'query', 'document'].includes(kindOf(subject)))
    )
      names.push({ name: object, entity: subject })
  return names
}
