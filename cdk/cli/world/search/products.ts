import { type Draws, drawsFor } from '../draws.ts'
import { type Item, itemId } from '../item.ts'
import type { WorldOptions } from '../options.ts'
import { BRANDS, COLOURS, DEPARTMENTS, type ProductType } from './vocabulary.ts'

/** Shares of products whose title has the other word for their type, and whose description has both words. */
const OTHER_WORD_SHARE = 0.35
const BOTH_WORDS_SHARE = 0.5
/** Share of products whose title has its use. */
const USE_IN_TITLE_SHARE = 0.5

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** The two words for a type as a product has them: the one in its title first. */
const namesOf = (draws: Draws, { word, other }: ProductType): [string, string] =>
  draws.uniform() < OTHER_WORD_SHARE ? [other, word] : [word, other]

/** A description that also has words of another department, as real ones have. */
function describe(
  draws: Draws,
  words: {
    names: readonly [string, string]
    colour: string
    traits: readonly string[]
    use: string
  },
): string {
  const { names, colour, traits, use } = words
  const [name, other] = names
  const beside = draws.pick(draws.pick(DEPARTMENTS).types).word
  return [
    `${capital(colour)} ${name}, ${traits.join(' and ')}, made for ${use}.`,
    ...(draws.uniform() < BOTH_WORDS_SHARE ? [`Also known as ${other}.`] : []),
    `People who bought it also liked our ${beside}.`,
  ].join(' ')
}

/** From 1 to 5 in tenths: reviews half know the quality. */
const ratingOf = (draws: Draws, quality: number): number =>
  Math.round(10 * Math.min(5, Math.max(1, 3.8 + 0.6 * quality + 0.4 * draws.normal()))) / 10

/** One product of the shop: a type with two traits, a use, a colour, a brand, a price and a rating. */
export function createProduct(options: WorldOptions, n: number, createdMs: number): Item {
  const draws = drawsFor(options.seed, 'product', n)
  const category = draws.below(DEPARTMENTS.length)
  const department = DEPARTMENTS[category]!
  const type = draws.pick(department.types)
  const names = namesOf(draws, type)
  const traits = [...new Set([draws.pick(department.traits), draws.pick(department.traits)])]
  const use = draws.pick(department.uses)
  const [brand, colour] = [draws.pick(BRANDS), draws.pick(COLOURS)]
  const made = draws.uniform() < USE_IN_TITLE_SHARE ? ` for ${use}` : ''
  const quality = 0.7 * draws.normal()
  return {
    id: itemId(n),
    category,
    attributes: {
      category: department.name,
      brand,
      colour,
      tags: [draws.pick(traits), use],
      title: `${brand} ${traits[0]} ${names[0]}${made}, ${colour}, ${brand.charAt(0)}${n}`,
      description: describe(draws, { names, colour, traits, use }),
      price: Math.round(department.price * Math.exp(0.5 * draws.normal()) * 100) / 100,
      rating: ratingOf(draws, quality),
    },
    quality,
    createdMs,
    product: { type: type.word, traits: [...traits, use] },
  }
}
