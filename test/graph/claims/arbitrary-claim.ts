import fc from 'fast-check'
import type { Claim } from '../../../functions/contract/claims.ts'
import { source } from './make-claims.ts'

const entity = fc
  .tuple(fc.constantFrom('item', 'brand', 'category'), fc.constantFrom('a', 'b', 'é x', '😀', '0'))
  .map(([kind, name]) => `${kind}:${name}`)
const object = fc.oneof(
  entity.map((id) => ({ object: id, isEntity: true })),
  fc.constantFrom('12', 'red', 'brand:a').map((text) => ({ object: text, isEntity: false })),
  fc
    .tuple(fc.constantFrom(0, 1.5, -3, 1e300), fc.constantFrom(undefined, 'mm', 'g'))
    .map(([number, unit]) => ({ object: number, isEntity: false, ...(unit && { unit }) })),
)
const span = fc.constantFrom({}, { fromChar: 0, throughChar: 3 }, { fromChar: 5, throughChar: 6 })

const provider = fc.constantFrom({}, { provider: 'east' }, { provider: 'west' })

/** Valid claims over few names, so that many agree in some fields. */
export const arbitraryClaim: fc.Arbitrary<Claim> = fc
  .record({
    subject: entity,
    relation: fc.constantFrom('has-brand', 'broader', 'length'),
    source: fc.constantFrom(...['a', 'b', 'c', 'd', 'e', 'f'].map(source)),
    extractor: fc.constantFrom('catalogue@1', 'documents@2'),
    confidence: fc.constantFrom(0.1, 0.5, 0.9, 1),
    validFromMs: fc.constantFrom(0, 1000, 2000),
  })
  .chain((fields) =>
    fc.tuple(object, span, provider).map(([o, s, p]) => ({ ...fields, ...o, ...s, ...p })),
  )
