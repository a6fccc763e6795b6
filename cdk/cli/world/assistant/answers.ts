import type { Draws } from '../draws.ts'
import type { Item } from '../item.ts'

/** The version that impressions name. */
export const GENERATOR = 'template-1'
/** An attribute of an event has at most 1,024 characters. */
const MAX_QUOTE = 300

const OPENINGS = ['According to our documents:', 'Here is what I found.', 'In short:'] as const
const CLOSINGS = ['Does that help?', 'Ask again if that is not what you meant.', ''] as const

/** Chance that the generator finds the best of the chunks that it is given. Otherwise it takes the first. */
const BEST_FOUND = 0.6

/** The chunks that an answer uses: the best one or the first one, and one of the others. */
export function chooseUsed(
  draws: Draws,
  slate: readonly Item[],
  worthOf: (item: Item) => number,
): Item[] {
  const best = slate.reduce((most, item) => (worthOf(item) > worthOf(most) ? item : most))
  const first = draws.uniform() < BEST_FOUND ? best : slate[0]!
  const others = slate.filter((item) => item !== first)
  return others.length > 0 ? [first, draws.pick(others)] : [first]
}

/** A generator without a model: it quotes the chunks that it was given. */
export function writeAnswer(draws: Draws, used: readonly Item[]): string {
  const quotes = used.map(({ text = '' }) =>
    text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE).trimEnd()} …` : text,
  )
  return [draws.pick(OPENINGS), ...quotes, draws.pick(CLOSINGS)].join(' ').trim()
}

/** People tell an assistant more than it needs. Reserved names and numbers: RFC 2606, and Ofcom's numbers for drama. */
export function addPersonalData(draws: Draws, prompt: string): string {
  const n = draws.below(1000)
  const said = draws.pick([
    `Please write to person.${n}@example.org.`,
    `You can call me on +44 20 7946 0${String(n).padStart(3, '0')}.`,
  ])
  return `${prompt} ${said}`
}
