import type { Event } from '../../../../functions/contract/events.ts'
import { drawsFor } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import type { Tastes } from '../people.ts'
import type { Query } from '../search/queries.ts'
import { gradeOf } from '../search/relevance.ts'
import type { Moment, Surface, Visit } from '../surface.ts'
import { addPersonalData, chooseUsed, GENERATOR, writeAnswer } from './answers.ts'
import { type Asking, openAsking } from './asking.ts'
import { type Answer, copyChance, react, worthOf } from './reaction.ts'

/** Chunks that the app shows. */
const SHOWN = 5
const PERSONAL_SHARE = 0.02
const MAX_ATTEMPTS = 3
/** An attack's items are in its answers, so that it can act on them. */
const PUSHED_CHANCE = 0.2

interface Page {
  options: WorldOptions
  asking: Asking
}
/** A turn: what was asked, and the request of its first answer. */
interface Asked {
  moment: Moment
  visit: Visit
  query: Query
  turn: string
}

function promptOf({ seed }: WorldOptions, { turn, query }: Asked): string {
  const isTelling = drawsFor(seed, 'told', turn).uniform() < PERSONAL_SHARE
  return isTelling ? addPersonalData(drawsFor(seed, turn), query.text) : query.text
}

function answerOf({ options, asking }: Page, asked: Asked, attempt: number, atMs: number): Answer {
  const { moment, visit, query, turn } = asked
  const { person, timeMs } = moment
  const draws = drawsFor(options.seed, 'answer', person.n, timeMs, attempt)
  const slate = visit.slate ?? asking.find(moment, query, attempt).slice(0, SHOWN)
  const pushed = slate.filter((item) => (visit.chanceOf?.(item) ?? 0) > PUSHED_CHANCE)
  const used = pushed.length > 0 ? pushed : chooseUsed(draws, slate, (item) => worthOf(query, item))
  const said = { prompt: promptOf(options, asked), answer: writeAnswer(draws, used), turn }
  return {
    ...{ moment: { ...moment, timeMs: atMs }, query, slate, used },
    requestId: attempt === 0 ? turn : `${turn}-${attempt + 1}`,
    context: { device: person.device, ...said, model: GENERATOR, ...visit.context },
  }
}

/** One impression for each chunk that was shown. */
const impressionsOf = ({ moment, requestId, context, slate }: Answer): Event[] =>
  slate.map(({ id }, i) => ({
    ...{ type: 'impression', userId: moment.person.id, requestId, timeMs: moment.timeMs, context },
    ...{ eventId: `${requestId}-${i + 1}`, itemId: id, position: i + 1 },
  }))

/** An answer, and others for as long as the person asks for them. */
function turnOf(page: Page, moment: Moment, visit: Visit): Event[] {
  const turn = `${visit.name}-${moment.person.id}-${moment.timeMs.toString(36)}`
  const asked = { moment, visit, turn, query: page.asking.queryOf(moment) }
  const events: Event[] = []
  let atMs: number | null = moment.timeMs
  for (let attempt = 0; atMs !== null && attempt < MAX_ATTEMPTS; attempt++) {
    const answer = answerOf(page, asked, attempt, atMs)
    const { events: outcomes, againMs } = react(answer, visit)
    events.push(...impressionsOf(answer), ...outcomes)
    atMs = againMs
  }
  return events
}

/** A planted event as the app would log it. A cheat asks, too: the impressions of one request have one question. */
function logged({ options, asking }: Page, event: Event): Event {
  if (event.type === 'outcome')
    return event.outcome === 'click' ? { ...event, outcome: 'copy' } : event
  if (event.context?.['prompt'] !== undefined) return event
  const turn = event.requestId ?? event.eventId!
  const draws = drawsFor(options.seed, 'cheat-question', turn)
  const prompt = asking.popular(draws).text
  const said = { prompt, answer: writeAnswer(draws, []), turn, model: GENERATOR }
  return { ...event, context: { ...event.context, ...said } }
}

/** An assistant: people ask, the app finds chunks, a template quotes them, and people copy what helped. */
export function openAnswerPage(options: WorldOptions, tastes: Tastes): Surface {
  const asking = openAsking(options, tastes)
  const page = { options, asking }
  return {
    slate: (moment) => asking.find(moment, asking.queryOf(moment)).slice(0, SHOWN),
    context: (moment) => ({ prompt: asking.queryOf(moment).text }),
    chance: (moment, item) => copyChance(asking.queryOf(moment), item),
    events: (moment, visit) => turnOf(page, moment, visit),
    found(request) {
      const query = asking.queryOf(request)
      return asking
        .find(request, query)
        .map((item) => ({ itemId: item.id, grade: gradeOf(query.intent, item) }))
    },
    logged: (event) => logged(page, event),
  }
}
