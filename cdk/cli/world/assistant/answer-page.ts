import type { Event } from '../../../../functions/contract/events.ts'
import { drawsFor } from '../draws.ts'
import type { Item } from '../item.ts'
import type { WorldOptions } from '../options.ts'
import type { Tastes } from '../people.ts'
import type { Query } from '../search/queries.ts'
import { gradeOf } from '../search/relevance.ts'
import { type Moment, type Request, type Surface, sigmoid, type Visit } from '../surface.ts'
import { weightedChoice } from '../weighted-choice.ts'
import { addPersonalData, chooseUsed, GENERATOR, writeAnswer } from './answers.ts'
import { openPassageRanking } from './passage-ranking.ts'
import { createQuestions } from './questions.ts'

/** Chunks that the app finds for a question, and those of them that it shows. */
const FOUND = 20
const SHOWN = 5
/** Log-odds that a person copies a passage of an answer, by its grade. */
const BY_GRADE = [-4.5, -3.2, -1.6, 0.9] as const
/** Popular questions among which the hour's trend decides. */
const CANDIDATES = 3
const PERSONAL_SHARE = 0.02
/** Chances after an answer with the best passage, and after one without any good passage. */
const THUMBS_UP = 0.3
const THUMBS_DOWN = 0.2
const REGENERATE = 0.35
const MAX_ATTEMPTS = 3

/** One answer: what it was given, what it used, and what it said. */
interface Answer {
  moment: Moment
  requestId: string
  slate: readonly Item[]
  used: readonly Item[]
  context: Readonly<Record<string, string>>
}

/** The outcomes of a person about an answer: each names a chunk that the answer used. */
function outcomesOf(answer: Answer, query: Query, chanceOf: (item: Item) => number, visit: Visit) {
  const { moment, requestId, slate, used } = answer
  const { draws, person, timeMs } = moment
  const best = used.reduce<number>((most, item) => Math.max(most, worthOf(query, item)), 0)
  const events: Event[] = []
  const add = (outcome: string, item: Item, atMs: number, value?: number): void => {
    const suffix = outcome === 'copy' ? 'c' : outcome.replace('_', '-')
    events.push({
      ...{ type: 'outcome', outcome, timeMs: atMs, userId: person.id, itemId: item.id, requestId },
      eventId: `${requestId}-${slate.indexOf(item) + 1}-${suffix}`,
      ...(value === undefined ? {} : { value }),
    })
  }
  const readMs = 4000 + Math.round(draws.exponential(6000 + 9000 * best))
  for (const item of used) {
    add('dwell', item, timeMs + readMs, Math.round(readMs / 100) / 10)
    if (draws.uniform() >= chanceOf(item)) continue
    const delayMs = visit.delayMs?.(draws) ?? 2000 + Math.round(draws.exponential(20_000))
    add('copy', item, timeMs + delayMs)
  }
  const [up, down, again] = [draws.uniform(), draws.uniform(), draws.uniform()]
  const isGood = best === 3
  const isBad = best <= 1
  const told =
    isGood && up < THUMBS_UP ? 'thumbs_up' : isBad && down < THUMBS_DOWN ? 'thumbs_down' : null
  const isAgain = isBad && again < REGENERATE
  for (const item of used) {
    if (told) add(told, item, timeMs + readMs + 1000)
    if (isAgain) add('regenerate', item, timeMs + readMs + 2000)
  }
  return { events, againMs: isAgain ? timeMs + readMs + 2000 : null }
}

/** What a passage is worth to the person who asked: its grade, or nothing where what it says is wrong. */
const worthOf = ({ intent }: Query, item: Item): number =>
  item.quality < -2 ? 0 : gradeOf(intent, item)

/** An assistant: people ask, the app finds chunks, a template quotes them, and people copy what helped. */
export function openAnswerPage(options: WorldOptions, tastes: Tastes): Surface {
  const rank = openPassageRanking()
  const choosePopular = weightedChoice(createQuestions(options), ({ weight }) => weight)
  const queryOf = (request: Request): Query => {
    const { person, timeMs } = request
    const draws = drawsFor(options.seed, 'question', person.n, timeMs)
    const candidates = Array.from({ length: CANDIDATES }, () => choosePopular(draws))
    return weightedChoice(candidates, ({ intent }) =>
      Math.exp(intent === null ? 0 : tastes.trend(intent.department, timeMs)),
    )(draws)
  }
  const find = (request: Request, query: Query, attempt = 0): Item[] => {
    const { person, timeMs } = request
    const draws = drawsFor(options.seed, 'retrieved', person.n, timeMs, attempt)
    return rank(draws, query.text, request.items, FOUND)
  }
  const chance = (query: Query, item: Item): number =>
    sigmoid(BY_GRADE[worthOf(query, item)]! + item.quality)

  function answerOf(moment: Moment, visit: Visit, attempt: number, turn: string): Answer {
    const { person, timeMs } = moment
    const query = queryOf(moment)
    const draws = drawsFor(options.seed, 'answer', person.n, timeMs, attempt)
    const slate = visit.slate ?? find(moment, query, attempt).slice(0, SHOWN)
    const pushed = slate.filter((item) => (visit.chanceOf?.(item) ?? 0) > 0.2)
    const used =
      pushed.length > 0 ? pushed : chooseUsed(draws, slate, (item) => worthOf(query, item))
    const isTelling = drawsFor(options.seed, 'told', turn).uniform() < PERSONAL_SHARE
    const prompt = isTelling
      ? addPersonalData(drawsFor(options.seed, turn), query.text)
      : query.text
    const context = {
      ...{ device: person.device, prompt, answer: writeAnswer(draws, used), turn },
      ...{ model: GENERATOR, ...visit.context },
    }
    return {
      moment,
      requestId: attempt === 0 ? turn : `${turn}-${attempt + 1}`,
      slate,
      used,
      context,
    }
  }

  /** A turn: an answer, and others for as long as the person asks for them. */
  function turnOf(moment: Moment, visit: Visit): Event[] {
    const query = queryOf(moment)
    const turn = `${visit.name}-${moment.person.id}-${moment.timeMs.toString(36)}`
    const events: Event[] = []
    let atMs: number | null = moment.timeMs
    for (let attempt = 0; atMs !== null && attempt < MAX_ATTEMPTS; attempt++) {
      const answer = answerOf(moment, visit, attempt, turn)
      const { requestId, context, slate } = answer
      const timeMs = atMs
      const about = { userId: moment.person.id, requestId, timeMs, context }
      slate.forEach(({ id }, i) => {
        const eventId = `${requestId}-${i + 1}`
        events.push({ type: 'impression', ...about, eventId, itemId: id, position: i + 1 })
      })
      const chanceOf = (item: Item): number => visit.chanceOf?.(item) ?? chance(query, item)
      const shown = { ...answer, moment: { ...moment, timeMs } }
      const { events: outcomes, againMs } = outcomesOf(shown, query, chanceOf, visit)
      events.push(...outcomes)
      atMs = againMs
    }
    return events
  }

  return {
    slate: (moment) => find(moment, queryOf(moment)).slice(0, SHOWN),
    context: (moment) => ({ prompt: queryOf(moment).text }),
    chance: (moment, item) => chance(queryOf(moment), item),
    events: turnOf,
    found(request) {
      const query = queryOf(request)
      return find(request, query).map((item) => ({
        ...{ itemId: item.id, grade: gradeOf(query.intent, item) },
      }))
    },
    logged(event) {
      if (event.type === 'outcome')
        return event.outcome === 'click' ? { ...event, outcome: 'copy' } : event
      if (event.context?.['prompt'] !== undefined) return event
      // A cheat asks, too. Impressions of one request have one question and one answer.
      const turn = event.requestId ?? event.eventId!
      const draws = drawsFor(options.seed, 'cheat-question', turn)
      const prompt = choosePopular(draws).text
      const said = { prompt, answer: writeAnswer(draws, []), turn, model: GENERATOR }
      return { ...event, context: { ...event.context, ...said } }
    },
  }
}
