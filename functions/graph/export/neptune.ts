import { type Fact, RELATIONS } from '../../contract/claims.ts'
import { isoSeconds } from '../../contract/time.ts'
import { sha256Hex } from '../../core/digest.ts'
import { compareTexts } from '../claims/claim.ts'
import { kindOf } from '../claims/entity-id.ts'

/**
 * Files of Amazon Neptune's bulk loader in its format `csv` ("Gremlin load data format", Amazon Neptune User Guide),
 * which Gremlin and openCypher query alike: RFC 4180, UTF-8. A literal is a node of its own, because an edge has one
 * confidence and a node's property has none.
 */

const NODE_HEADER =
  '~id,~label,name:String(single),text:String(single),number:Double(single),unit:String(single)'
const EDGE_HEADER = '~id,~from,~to,~label,confidence:Double,sourceCount:Int,validFrom:Date'

type Cell = string | number | null
const cellText = (cell: Cell): string => {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
const lineOf = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\n`

/** Of ids that no two nodes or edges share. */
const digest = (parts: readonly unknown[]): string => sha256Hex(JSON.stringify(parts)).slice(0, 32)
const literalId = ({ object, unit }: Fact): string => `literal:${digest([object, unit ?? null])}`
const objectId = (fact: Fact): string => (fact.isEntity ? String(fact.object) : literalId(fact))

/** The most confident name of each entity; of equal ones the first by code units. */
export function namesOf(facts: Iterable<Fact>): Map<string, string> {
  const best = new Map<string, Fact>()
  for (const fact of facts) {
    if (fact.relation !== RELATIONS.name || typeof fact.object !== 'string') continue
    const known = best.get(fact.subject)
    const order = known
      ? known.confidence - fact.confidence || compareTexts(fact.object, String(known.object))
      : -1
    if (order < 0) best.set(fact.subject, fact)
  }
  return new Map([...best].map(([entity, { object }]) => [entity, String(object)]))
}

/** Lines of the file of nodes, the header first: entities, then literals, by id. */
export function* neptuneNodes(facts: readonly Fact[]): Generator<string> {
  const names = namesOf(facts)
  const entities = new Set<string>()
  const literals = new Map<string, Fact>()
  for (const fact of facts) {
    entities.add(fact.subject)
    if (fact.isEntity) entities.add(String(fact.object))
    else literals.set(literalId(fact), fact)
  }
  yield `${NODE_HEADER}\n`
  for (const id of [...entities].sort(compareTexts))
    yield lineOf([id, kindOf(id), names.get(id) ?? null, null, null, null])
  for (const id of [...literals.keys()].sort(compareTexts)) {
    const { object, unit = null } = literals.get(id)!
    const [text, number] = typeof object === 'string' ? [object, null] : [null, object]
    yield lineOf([id, 'literal', null, text, number, unit])
  }
}

/** Lines of the file of edges, the header first, in the order of the facts. */
export function* neptuneEdges(facts: readonly Fact[]): Generator<string> {
  yield `${EDGE_HEADER}\n`
  for (const fact of facts) {
    const { subject, relation, confidence, sourceCount, validFromMs } = fact
    const to = objectId(fact)
    const id = digest([subject, relation, to])
    yield lineOf([id, subject, to, relation, confidence, sourceCount, isoSeconds(validFromMs)])
  }
}
