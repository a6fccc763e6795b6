import { describe, expect, test } from 'vitest'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { kindOf } from '../../functions/features/kinds/kinds.ts'
import {
  encodeNumber,
  encodeQuotient,
  encodeShare,
  encodeSteps,
} from '../../functions/features/kinds/slots.ts'
import { createVectorizer } from '../../functions/trainer/vectorize.ts'

/** The named slots of one cell, in the order in which they are emitted. */
function slotsOf(
  encoderOf: (slotOf: (name: string) => number) => ReturnType<ReturnType<typeof kindOf>['encoder']>,
  cell: string | number | null,
) {
  const names: string[] = []
  const slots: [string, number][] = []
  const encode = encoderOf((name) => names.push(name) - 1)
  encode({ f_x: cell }, (slot, value) => slots.push([names[slot]!, value]))
  return slots
}
const MISSING = [['x=\u0000missing', 1]]
const counted = {
  name: 'x',
  entity: 'item',
  windowHours: 1,
  event: 'click',
  outcome: 'click',
  per: 'click',
  priorRate: 0.1,
  priorStrength: 1,
}
const fields = {
  ...counted,
  length: 3,
  halfLifeHours: 1,
  q: 0.5,
  measure: 'rank',
  to: 'y',
  query: 'context.q',
  text: 'item.t',
  last: 'click',
  relation: 'has-brand',
}
/** One feature of every kind but cross, which has no cell of its own. */
const features = featureSchema.options
  .map(({ shape }) => shape)
  .filter(({ kind }) => kind.value !== 'cross')
  .map((shape) => {
    const kind = shape.kind.value
    const source = ['age', 'number'].includes(kind) ? 'item.a' : 'item.id'
    const given = {
      ...{ ...fields, kind, of: ['relative', 'slate'].includes(kind) ? 'y' : source },
      measure: kind === 'session' ? 'events' : 'rank',
    }
    return featureSchema.parse(
      Object.fromEntries(Object.entries(given).filter(([name]) => name in shape)),
    )
  })

describe('The slots of values', () => {
  test.each(features)('A missing value of $kind has a slot of its own', (feature: Feature) => {
    const { encoder, column } = kindOf(feature)
    const encoderOf = (slotOf: (name: string) => number) => encoder(feature, slotOf)
    expect(slotsOf(encoderOf, null)).toEqual(MISSING)
    const present = column === 'string' ? 'tea' : 0.25
    expect(slotsOf(encoderOf, present)).not.toEqual(MISSING)
    if (column === 'float')
      for (const wrong of ['tea', Number.NaN, Infinity])
        expect(slotsOf(encoderOf, wrong)).toEqual(MISSING)
  })

  test('Numbers of either sign have their own slots', () => {
    const number = (cell: number) => slotsOf((slotOf) => encodeNumber('x', slotOf), cell)
    expect(number(0)).toEqual([['x#0', 1]])
    expect(number(7)).toEqual([
      ['x#6', 1],
      ['x', Math.log1p(7) / 4],
    ])
    expect(number(-7)).toEqual([
      ['x#-6', 1],
      ['x', -Math.log1p(7) / 4],
    ])
    expect(slotsOf((slotOf) => encodeNumber('x', slotOf, 60), 0.05)).toEqual([
      ['x#4', 1],
      ['x', Math.log1p(3) / 4],
    ])
  })

  test('A quotient and its inverse are equally far from one', () => {
    const quotient = (cell: number) => slotsOf((slotOf) => encodeQuotient('x', slotOf), cell)
    expect(quotient(1)).toEqual([['x#0', 1]])
    expect(quotient(2)[1]![1]).toBe(-quotient(0.5)[1]![1]!)
    expect(quotient(1e9)).toEqual([
      ['x#8', 1],
      ['x', 2],
    ])
    expect(quotient(0)).toEqual([['x#none', 1]])
    expect(quotient(-3)).toEqual([['x#none', 1]])
  })

  test('A share is one of eleven tenths', () => {
    const share = (cell: number) => slotsOf((slotOf) => encodeShare('x', slotOf), cell)
    expect(share(0)).toEqual([['x#0', 1]])
    expect(share(0.75)).toEqual([
      ['x#7', 1],
      ['x', 0.75],
    ])
    expect(share(1)).toEqual([
      ['x#10', 1],
      ['x', 1],
    ])
  })

  test('Each number of steps has a slot of its own', () => {
    const steps = (cell: number) => slotsOf((slotOf) => encodeSteps('x', slotOf), cell)
    expect([0, 3, 4, 5].map(steps)).toEqual([0, 3, 4, 5].map((cell) => [[`x#${cell}`, 1]]))
  })

  test('A cosine below zero is one of ten more tenths', () => {
    const feature: Feature = { name: 'x', kind: 'content-match', query: 'context.query' }
    const cosine = (cell: number) =>
      slotsOf((slotOf) => kindOf(feature).encoder(feature, slotOf), cell)
    expect(cosine(-0.25)).toEqual([
      ['x#-3', 1],
      ['x', -0.25],
    ])
    expect(cosine(0.25)).toEqual([
      ['x#2', 1],
      ['x', 0.25],
    ])
  })

  test('Models of earlier versions keep their slots', () => {
    const known: Feature[] = [
      { name: 'c', kind: 'category', of: 'item.x' },
      { name: 'd', kind: 'category', of: 'item.y' },
      { name: 'cd', kind: 'cross', of: ['c', 'd'] },
      { name: 'n', kind: 'count', entity: 'item', event: 'x', windowHours: 3 },
      {
        name: 'r',
        kind: 'rate',
        entity: 'item',
        outcome: 'x',
        windowHours: 3,
        priorRate: 0.07,
        priorStrength: 5,
      },
    ]
    const vectorize = createVectorizer(known, 18)
    const emitted: number[] = []
    for (const c of [null, '', 'a', 'a\u001fb', '\u0000missing', 3])
      for (const n of [null, 0, 1, 2, 3.5, 1000, 1e9, Number.NaN, 'x'])
        for (const r of [null, 0, 1, 0.07, 0.0701, 0.5, 'q', Infinity])
          vectorize({ f_c: c, f_d: 'z\u001fy', f_n: n, f_r: r }, (slot, value) =>
            emitted.push(slot, value),
          )
    // Computed by the vectorizer of version 0.2.0.
    expect(emitted.length).toBe(8256)
    expect(sha256Hex(JSON.stringify(emitted))).toBe(
      '48d737501f62071eb671f20b8f91085f2a267ff165838a3789138aad7b763648',
    )
  })
})
