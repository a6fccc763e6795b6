import { type Draws, RARE_WORDS } from './entity-pairs.ts'
import { FAMILIES } from './entity-pairs-families.ts'

/** One product as it is, before anybody describes it. */
export interface Product {
  brand: string
  line: string
  /** A word of its own, as real titles often have. */
  word: string
  /** Names of what it is: the first one is the usual one. */
  kinds: readonly string[]
  category: string
  colour: string
  /** What its siblings differ in: a size, a capacity, a number of ports. */
  size: string
  model: string
  /** What another seller calls its number. */
  part: string
  features: readonly string[]
  price: number
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)
/** One or two words of the long tail. */
const rareWords = (draws: Draws): string =>
  draws
    .some(RARE_WORDS, draws.pick([1, 1, 2]))
    .map(capital)
    .join(' ')

/** Model numbers of one brand and family begin alike, and those of siblings differ in one place. */
function modelOf(draws: Draws, stem: string, digits: string, colour: string): string {
  const suffix = draws.chance(0.5) ? colour.slice(0, draws.int(1, 2)).toUpperCase() : ''
  return `${stem}${digits}${suffix}`
}

function partOf(draws: Draws, model: string): string {
  const kind = draws.int(0, 3)
  if (kind === 0) return `${draws.digits(4)}B${draws.digits(3)}`
  if (kind === 1) return draws.digits(draws.int(5, 8))
  if (kind === 2) return `${model}${draws.pick(['NA', '/W', '/37', 'LLA', '-10', 'AA', 'US'])}`
  return `${draws.letters(2)}${draws.digits(5)}${draws.letters(1)}`
}

/** Different products. Most come as siblings that differ in size, colour and a part of the model number. */
export function drawProducts(draws: Draws, count: number): Product[] {
  const products: Product[] = []
  const seen = new Set<string>()
  while (products.length < count) {
    const own = draws.pick(FAMILIES)
    const [brand, line] = [draws.pick(own.brands), draws.pick(own.lines)]
    const stem = draws.letters(draws.int(2, 4))
    const word = draws.chance(0.85) ? rareWords(draws) : ''
    const [features, price] = [draws.some(own.features, 5), draws.int(...own.price)]
    const digits = draws.digits(draws.int(2, 4))
    const siblings = draws.pick([1, 1, 1, 2, 2, 3, 5])
    for (let s = 0; s < siblings && products.length < count; s++) {
      const [size, colour] = [draws.pick(own.sizes), draws.pick(own.colours)]
      const at = draws.int(0, digits.length - 1)
      const changed = digits.slice(0, at) + draws.digits(1) + digits.slice(at + 1)
      const model = modelOf(
        draws,
        stem,
        /^\d+/.test(size) && draws.chance(0.5) ? size.replace(/\D.*/, '') + changed : changed,
        colour,
      )
      if (seen.has(model)) continue
      seen.add(model)
      products.push({
        word: draws.chance(0.5) ? word : rareWords(draws),
        ...{ brand, line, kinds: own.kinds, category: own.category, colour, size, model },
        ...{
          part: partOf(draws, model),
          price: Math.round(price * (0.85 + 0.3 * draws.uniform())) - 0.01,
        },
        features: draws.some([...features, ...draws.some(own.features, 1)], draws.int(3, 5)),
      })
    }
  }
  return products
}
