import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../functions/contract/time.ts'
import type { Item } from '../catalogue.ts'
import type { Person } from '../people.ts'
import { type Attack, asHonest, type Setting } from './attack.ts'

const CLASS = 30
const LESSON_MS = 3 * MINUTE_MS
const FIRST_HOURS = 8
const SCHOOL_HOURS = 6

/** The same link, opened by everybody within a few minutes from one address. */
function openLink(setting: Setting, person: Person, timeMs: number, link: Item, network: string) {
  const { kind, draws, behaviour, itemsAt } = setting
  const moment = { draws, person, timeMs, items: itemsAt(timeMs) }
  const others = behaviour.slate(moment).filter((item) => item !== link)
  return behaviour.visit(moment, {
    name: kind,
    slate: [link, ...others.slice(0, 7)],
    chanceOf: (item) => (item === link ? 0.9 : null),
    context: { network },
  })
}

/** Classes of thirty people who follow their teacher's link at the same time. */
export const classroom: Attack = (setting) => {
  const { cast, draws, options, itemsAt } = setting
  return Array.from({ length: Math.ceil(cast.length / CLASS) }, (_, n) => {
    const day = Math.min(options.days - 1, 1 + draws.below(options.days))
    const hour = FIRST_HOURS + draws.below(SCHOOL_HOURS)
    const lessonMs = options.startMs + day * DAY_MS + hour * HOUR_MS + draws.below(50) * MINUTE_MS
    const link = draws.pick(itemsAt(lessonMs))
    return cast
      .slice(n * CLASS, (n + 1) * CLASS)
      .flatMap((person) =>
        asHonest(openLink(setting, person, lessonMs + draws.below(LESSON_MS), link, `school-${n}`)),
      )
  }).flat()
}
