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
import { drawSoftware, type Software, WORDS } from './entity-pairs-releases.ts'
import { pairUp } from './entity-pairs-shops.ts'

const described = (draws: Draws, { product, words }: Software, length: number): string =>
  [product, ...draws.some(words, length), ...draws.some(WORDS, Math.ceil(length / 2))].join(' ')

function amazonOf(draws: Draws, one: Software): Record<string, AttributeValues> {
  const publisher = draws.chance(0.45) ? one.short : ''
  const platform = one.platform && draws.chance(0.85) ? `(${one.platform})` : ''
  const edition = one.edition && draws.chance(0.92) ? one.edition : ''
  const version = draws.chance(0.95) ? one.version : ''
  const title = draws.chance(0.2)
    ? [publisher, one.product, edition, version, platform]
    : [publisher, one.product, version, edition, platform]
  return {
    title: title.filter(Boolean).join(' '),
    description: draws.chance(0.15) ? '' : described(draws, one, 10),
    manufacturer: draws.chance(0.04) ? '' : draws.chance(0.7) ? one.publisher : one.short,
    price: draws.chance(0.2) ? 0 : one.price,
  }
}

const SHORT: Record<string, string> = {
  professional: 'pro',
  upgrade: 'upg',
  deluxe: 'dlx',
  premium: 'prem',
  edition: 'ed',
  standard: 'std',
  windows: 'win',
  academic: 'edu',
  'student and teacher edition': 'student',
  business: 'bus',
  mac: 'macintosh',
}
const shorten = (draws: Draws, text: string, p: number): string =>
  text
    .split(' ')
    .map((word) => (SHORT[word] && draws.chance(p) ? SHORT[word] : word))
    .join(' ')

function googleOf(draws: Draws, one: Software): Record<string, AttributeValues> {
  const publisher = draws.chance(0.5) ? (draws.chance(0.6) ? one.short : one.publisher) : ''
  const platform = one.platform && draws.chance(0.75) ? one.platform : ''
  const edition = one.edition && draws.chance(0.8) ? one.edition : ''
  const version = draws.chance(0.88)
    ? draws.chance(0.15)
      ? `v${one.version.replace(/^v/, '')}`.replace(/^v$/, '')
      : one.version
    : ''
  const product = dropWords(draws, one.product.split(' '), 0.08).join(' ')
  const parts = draws.pick([
    [publisher, product, version, edition, platform],
    [publisher, product, version, platform, edition],
    [product, version, edition, platform, publisher],
    [publisher, product, edition, platform, version],
  ])
  const extra = draws.chance(0.3)
    ? draws.pick([
        'software',
        'for windows',
        'cd-rom',
        'complete package',
        'retail',
        `${draws.digits(8)}`,
        'full version',
        'win 2000 xp',
        'license',
      ])
    : ''
  const title = shorten(draws, [...parts, extra].filter(Boolean).join(' '), 0.3)
  return {
    name: title
      .split(' ')
      .map((word) => (draws.chance(0.015) ? misspell(draws, word) : word))
      .join(' '),
    description: draws.chance(0.1) ? '' : described(draws, one, 6),
    manufacturer: draws.chance(0.07) ? one.publisher : '',
    price: draws.chance(0.02) ? `${nearPrice(draws, one.price)} gbp` : nearPrice(draws, one.price),
  }
}

/** Like Amazon-Google (Köpcke, Thor and Rahm 2010): software, some of it with several offers at the right. */
export function amazonGoogle(seed: number, scale = 1): EntityPairs {
  const draws = drawsOf(seed)
  const size = (count: number): number => Math.round(scale * count)
  const all = drawSoftware(draws, size(1363 + 1900))
  // Releases of one product are neighbours in the list. Both sources have some of each.
  const rank = new Map(all.map((one) => [one, draws.uniform()]))
  const order = [...all].sort((a, b) => rank.get(a)! - rank.get(b)!)
  const shared = order.slice(0, size(1113))
  const left = shuffled(draws, order.slice(0, size(1363)))
  const twice = draws.some(shared, size(187))
  const right = shuffled(draws, [...shared, ...twice, ...order.slice(size(1363))])
  return pairUp(
    'amazon-google',
    left,
    right,
    (one) => amazonOf(draws, one),
    (one) => googleOf(draws, one),
  )
}
