import type { AttributeValues } from '../../functions/graph/resolution/records.ts'
import {
  type Draws,
  drawsOf,
  dropWords,
  type EntityPairs,
  misspell,
  nearPrice,
  shuffled,
} from './entity-pairs.ts'
import { drawProducts, type Product } from './entity-pairs-products.ts'

type Attributes = Record<string, AttributeValues>

/** `KDL40V5100` as others write it. */
function respell(draws: Draws, model: string): string {
  const [, letters, rest] = /^([A-Z]*)(.*)$/.exec(model)!
  const kind = draws.uniform()
  if (kind < 0.35 || letters === '') return model
  if (kind < 0.75) return `${letters}-${rest}`
  if (kind < 0.9) return `${letters} ${rest}`
  return model.toLowerCase()
}

function abtOf(draws: Draws, product: Product): Attributes {
  const kind = draws.chance(0.6) ? product.kinds[0]! : draws.pick(product.kinds)
  const words = dropWords(
    draws,
    [
      product.size,
      product.line,
      product.word,
      draws.chance(0.6) ? product.colour : '',
      kind,
    ].filter(Boolean),
    0.12,
  )
  const inColour = product.colour && draws.chance(0.3) ? ` In ${product.colour}` : ''
  const model = draws.chance(0.97) ? ` - ${product.model}` : ''
  const name = `${product.brand} ${words.join(' ')}${inColour}${model}`
  const features = draws.some(product.features, draws.int(2, product.features.length))
  return {
    name,
    description: `${name}/ ${features.join('/ ')}${product.colour ? `/ ${product.colour} Finish` : ''}`,
    price: draws.chance(0.6) ? null : `$${product.price.toFixed(2)}`,
  }
}

function buyOf(draws: Draws, product: Product): Attributes {
  const kind = draws.pick(product.kinds)
  const words = dropWords(
    draws,
    [
      product.line,
      product.word,
      product.size,
      draws.chance(0.35) ? product.colour : '',
      kind,
    ].filter(Boolean),
    0.35,
  )
  const number = draws.uniform()
  const inside = number < 0.4 ? ` ${respell(draws, product.model)}` : ''
  const last =
    number < 0.1 || (number > 0.4 && number < 0.65)
      ? ` - ${product.model}`
      : number < 0.35 || number > 0.85
        ? ` - ${product.part}`
        : ''
  const features = draws.some(product.features, draws.int(1, 3))
  const isDescribed = draws.chance(0.6)
  return {
    name: `${product.brand}${inside} ${words.join(' ')}${last}`,
    description: isDescribed
      ? dropWords(draws, [...features, product.colour], 0.2).join(' - ')
      : '',
    manufacturer: draws.chance(0.4) ? product.brand.toUpperCase() : product.brand,
    price: draws.chance(0.46) ? '' : `$${nearPrice(draws, product.price).toFixed(2)}`,
  }
}

/** Like Abt-Buy (Köpcke, Thor and Rahm 2010): nearly every product is in both shops. */
export function abtBuy(seed: number, scale = 1): EntityPairs {
  const draws = drawsOf(seed)
  const size = (count: number): number => Math.round(scale * count)
  const products = drawProducts(draws, size(1100))
  const left = shuffled(draws, products.slice(0, size(1081)))
  const right = shuffled(draws, products.slice(8))
  return pairUp(
    'abt-buy',
    left,
    right,
    (one) => abtOf(draws, one),
    (one) => buyOf(draws, one),
  )
}

function walmartOf(draws: Draws, product: Product): Attributes {
  const words = dropWords(
    draws,
    [product.line, product.word, product.size, product.kinds[0]!, product.colour].filter(Boolean),
    0.15,
  )
  const inTitle = draws.chance(0.45) ? ` ${respell(draws, product.model)}` : ''
  return {
    title: `${product.brand} ${words.join(' ')}${inTitle}`.toLowerCase(),
    category: `electronics - ${product.category}`.toLowerCase(),
    brand: product.brand.toLowerCase(),
    modelno: draws.chance(0.12)
      ? null
      : (draws.chance(0.85) ? product.model : product.part).toLowerCase(),
    price: draws.chance(0.05) ? null : product.price,
  }
}

function amazonOf(draws: Draws, product: Product): Attributes {
  const kind = draws.pick(product.kinds)
  const words = dropWords(
    draws,
    [
      product.line,
      product.word,
      kind,
      product.size,
      draws.chance(0.7) ? product.colour : '',
    ].filter(Boolean),
    0.15,
  )
  const extra = draws.chance(0.5)
    ? ` with ${draws.some(product.features, draws.int(1, 2)).join(' and ')}`
    : ''
  const inTitle = draws.chance(0.4) ? ` ${respell(draws, product.model)}` : ''
  const brand = draws.chance(0.9) ? product.brand : ''
  const title = `${brand}${inTitle} ${words.join(' ')}${extra}`.trim()
  const category = draws.pick([
    product.category,
    `${product.kinds[0]!}s`,
    'Electronics',
    'Computers & Accessories',
  ])
  return {
    title: (draws.chance(0.05)
      ? title
          .split(' ')
          .map((word) => (draws.chance(0.2) ? misspell(draws, word) : word))
          .join(' ')
      : title
    ).toLowerCase(),
    category: category.toLowerCase(),
    brand: draws.chance(0.1) ? null : product.brand.toLowerCase(),
    modelno: draws.chance(0.3)
      ? null
      : (draws.chance(0.65) ? respell(draws, product.model) : product.part).toLowerCase(),
    price: draws.chance(0.3) ? null : nearPrice(draws, product.price),
  }
}

/** Like Walmart-Amazon (Das et al., Magellan data repository): a small shop in a large one with many siblings. */
export function walmartAmazon(seed: number, scale = 1): EntityPairs {
  const draws = drawsOf(seed)
  const size = (count: number): number => Math.round(scale * count)
  const products = drawProducts(draws, size(22_074 + 1500))
  // Neighbours in the list are siblings, so that both shops have some of each family.
  const isShared = products.map(() => draws.uniform())
  const order = [...products.keys()].sort((a, b) => isShared[a]! - isShared[b]!)
  const shared = order.slice(0, size(1050)).map((at) => products[at]!)
  const alone = order.slice(size(1050), size(2554)).map((at) => products[at]!)
  const others = order.slice(size(2554), size(2554 + 22_074 - 1150)).map((at) => products[at]!)
  const twice = draws.some(shared, size(100))
  const left = shuffled(draws, [...shared, ...alone])
  const right = shuffled(draws, [...shared, ...twice, ...others])
  return pairUp(
    'walmart-amazon',
    left,
    right,
    (one) => walmartOf(draws, one),
    (one) => amazonOf(draws, one),
  )
}

/** Records of both sources. All records of one product match. */
export function pairUp<T>(
  name: string,
  lefts: readonly T[],
  rights: readonly T[],
  leftOf: (one: T) => Attributes,
  rightOf: (one: T) => Attributes,
): EntityPairs {
  const places = new Map<T, string[]>()
  const left = lefts.map((one, at) => ({ id: `a${at}`, attributes: leftOf(one), one }))
  const right = rights.map((one, at) => {
    places.set(one, [...(places.get(one) ?? []), `b${at}`])
    return { id: `b${at}`, attributes: rightOf(one) }
  })
  return {
    ...{ name, right },
    left: left.map(({ id, attributes }) => ({ id, attributes })),
    matches: left.flatMap(({ id, one }) =>
      (places.get(one) ?? []).map((other): [string, string] => [id, other]),
    ),
  }
}
