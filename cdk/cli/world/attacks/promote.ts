import type { Event } from '../../../../functions/contract/events.ts'
import type { Item } from '../catalogue.ts'
import type { Draws } from '../draws.ts'
import type { Person } from '../people.ts'
import type { Visit } from '../surface.ts'
import type { Setting } from './attack.ts'

/** Different members of a list, in random order. */
export function chooseSome<T>(draws: Draws, from: readonly T[], count: number): T[] {
  const left = [...from]
  const chosen: T[] = []
  while (chosen.length < count && left.length > 0)
    chosen.push(...left.splice(draws.below(left.length), 1))
  return chosen
}

/** Items that an attack favours, from the first day's catalogue. */
export const favourItems = ({ draws, options, itemsAt }: Setting, count: number): Item[] =>
  chooseSome(draws, itemsAt(options.startMs), count)

interface Promotion extends Pick<Visit, 'context' | 'delayMs'> {
  favoured: readonly Item[]
  /** Favoured items in the slate. */
  count: number
  /** The chance of a click on a favoured item. */
  chance: number
  /** The chance of a click on another item. Null: as the account likes it. */
  otherChance?: number | null
  /** What the favoured items stand among. By default, the app's own choice. */
  others?: readonly Item[]
}

/** One request of an account whose slate has favoured items at random places. */
export function promote(
  { kind, draws, behaviour, itemsAt }: Setting,
  person: Person,
  timeMs: number,
  { favoured, count, chance, otherChance = null, others, ...visit }: Promotion,
): Event[] {
  const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
  const app = behaviour.slate(moment)
  const slate = (others ?? app)
    .filter((item) => !favoured.includes(item))
    .slice(0, app.length - count)
  for (const item of chooseSome(draws, favoured, count))
    slate.splice(draws.below(slate.length + 1), 0, item)
  return behaviour.visit(moment, {
    name: kind,
    slate,
    chanceOf: (item) => (favoured.includes(item) ? chance : otherChance),
    ...visit,
  })
}
