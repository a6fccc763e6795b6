import type { Attributes } from '../../../contract/attributes.ts'
import { type Claim, RELATIONS } from '../../../contract/claims.ts'
import type { AttributeMapping, GraphSection } from '../../../contract/graph.ts'
import { type Refusals, refuse, sourceOf, uniqueClaims } from '../../claims/claim.ts'
import { entityId, keptId, pathId } from '../../claims/entity-id.ts'
import { literalOf } from './literals.ts'

export const CATALOGUE_EXTRACTOR = 'catalogue@1'

/** What the catalogue says about one entity. */
export interface Statement {
  /** Of its subject: `item`, `document`. */
  kind: string
  id: string
  /** Whose word it is; absent: the catalogue's. */
  provider?: string
  attributes: Attributes
  title: string | null
  /** When it could first be used. */
  knowableMs: number
}

export interface Extracted {
  /** In canonical order, each once. */
  claims: Claim[]
  /** Values that make no claim, by reason. */
  refused: Refusals
}

/** The source of all statements about an entity: a new one replaces the one before. */
export const statementSource = ({ kind, id }: Pick<Statement, 'kind' | 'id'>): string =>
  sourceOf('statement', kind, id)

/** Entities that have statements of their own: a value is such an id as it is, and no name. */
const STATED_KINDS: ReadonlySet<string> = new Set(['item', 'document'])

/** Values of one attribute that count; a list beyond is cut, and the rest counted. */
const MAX_VALUES = 64
const MAX_STEPS = 16

type Value = string | number | boolean
/** What one statement's claims share. */
interface Writer {
  statement: Statement
  subject: string
  claims: Claim[]
  refused: Refusals
  base: Pick<Claim, 'source' | 'extractor' | 'provider' | 'validFromMs'>
}
type Said = Pick<Claim, 'subject' | 'relation' | 'object' | 'isEntity' | 'confidence' | 'unit'>
const claim = ({ claims, base }: Writer, said: Said): void => {
  claims.push({ ...said, ...base })
}

/** The values of an attribute; `title` is the statement's own where no attribute has that name. */
function valuesOf({ statement, refused }: Writer, attribute: string): Value[] {
  const { attributes, title } = statement
  const value = Object.hasOwn(attributes, attribute)
    ? attributes[attribute]!
    : attribute === 'title' && title !== null
      ? title
      : []
  const values = Array.isArray(value) ? value : [value]
  if (values.length > MAX_VALUES)
    refuse(refused, `${attribute}: too many values`, values.length - MAX_VALUES)
  return values.slice(0, MAX_VALUES)
}

/** Claims an entity and how it is written. Null, counted, where the text names nothing. */
function nameEntity(
  writer: Writer,
  attribute: string,
  text: string,
  id: string | null,
  confidence: number,
): string | null {
  if (id === null) {
    refuse(writer.refused, `${attribute}: names no entity`)
    return null
  }
  const name = text.normalize('NFKC').replace(/\s+/g, ' ').trim()
  claim(writer, {
    ...{ subject: id, relation: RELATIONS.name, object: name, isEntity: false, confidence },
  })
  return id
}

function isBroader(writer: Writer, narrower: string, broader: string, confidence: number): void {
  const relation = RELATIONS.broader
  claim(writer, { subject: narrower, relation, object: broader, isEntity: true, confidence })
}

/** The last entity of a path. Each step is narrower than the one before. */
function claimPath(writer: Writer, attribute: string, mapping: AttributeMapping, text: string) {
  const steps = text
    .split(mapping.pathSeparator!)
    .map((step) => step.trim())
    .filter((step) => step !== '')
  if (steps.length > MAX_STEPS) {
    refuse(writer.refused, `${attribute}: too long a path`)
    return null
  }
  let before: string | null = null
  for (let length = 1; length <= steps.length; length++) {
    const id = pathId(mapping.entity!, steps.slice(0, length))
    const own = nameEntity(writer, attribute, steps[length - 1]!, id, mapping.confidence)
    if (own === null) return null
    if (before !== null) isBroader(writer, own, before, mapping.confidence)
    before = own
  }
  if (before === null) refuse(writer.refused, `${attribute}: names no entity`)
  return before
}

function claimEntity(writer: Writer, attribute: string, mapping: AttributeMapping, value: Value) {
  const { relation, entity, confidence, pathSeparator, broader } = mapping
  const text = String(value)
  const id = pathSeparator
    ? claimPath(writer, attribute, mapping, text)
    : STATED_KINDS.has(entity!)
      ? keptId(entity!, text)
      : nameEntity(writer, attribute, text, entityId(entity!, text), confidence)
  if (id === null) return
  claim(writer, { subject: writer.subject, relation, object: id, isEntity: true, confidence })
  if (broader === undefined) return
  for (const parent of valuesOf(writer, broader)) {
    const parentId = entityId(entity!, String(parent))
    const known = nameEntity(writer, broader, String(parent), parentId, confidence)
    if (known !== null) isBroader(writer, id, known, confidence)
  }
}

function claimLiteral(writer: Writer, attribute: string, mapping: AttributeMapping, value: Value) {
  const literal = literalOf(value, mapping.unit)
  if (!literal) return refuse(writer.refused, `${attribute}: has no value`)
  const { object, unit, share } = literal
  claim(writer, {
    ...{ subject: writer.subject, relation: mapping.relation, object, isEntity: false },
    ...(unit && { unit }),
    confidence: mapping.confidence * share,
  })
}

/**
 * Claims of one statement of the catalogue, by the scene's schema mapping. Attributes that it does not name claim
 * nothing. Values that name nothing are counted by attribute and reason.
 */
export function extractStatement(
  statement: Statement,
  catalogue: GraphSection['catalogue'],
): Extracted {
  const base = {
    source: statementSource(statement),
    ...{ extractor: CATALOGUE_EXTRACTOR, validFromMs: statement.knowableMs },
    ...(statement.provider !== undefined && { provider: statement.provider }),
  }
  const subject = keptId(statement.kind, statement.id)
  const writer: Writer = { statement, subject, base, claims: [], refused: {} }
  for (const [attribute, mapping] of Object.entries(catalogue))
    for (const value of valuesOf(writer, attribute))
      (mapping.entity ? claimEntity : claimLiteral)(writer, attribute, mapping, value)
  return { claims: uniqueClaims(writer.claims), refused: writer.refused }
}
