import { MODEL_PART } from '../contract/part.ts'
import { readsLinks } from '../features/links.ts'
import { readsSpaces, spaceReads } from '../features/spaces.ts'
import { sigmoid } from '../math/logistic.ts'
import type { openItemLinks } from './item-links.ts'
import { createScorer, type ServingModel } from './model.ts'
import type { LoadedRelease } from './releases.ts'
import { type CellLog, NothingServed, type Scored, type Slate } from './scored-slate.ts'
import { isLogged, putLines, servedLines } from './served-cells.ts'
import { impressionOf, parseSlate, servingCells } from './slate.ts'
import type { openSpaceScores } from './space-scores.ts'
import type { OnlineValues } from './values.ts'

interface SlateOptions {
  scene: string
  /** The release of a user, by pseudonym; null: none is served. */
  releaseOf: (pseudonym: string) => LoadedRelease<{ [MODEL_PART]: ServingModel }> | null
  values: OnlineValues
  spaceScores: ReturnType<typeof openSpaceScores>
  itemLinks: ReturnType<typeof openItemLinks>
  identify: (user: string) => string
  logCells: CellLog | undefined
  onFault: (fault: unknown, during: string) => void
}

/** Each model's scorer is made once. */
function openScorers() {
  const scorers = new WeakMap<ServingModel, ReturnType<typeof createScorer>>()
  return (model: ServingModel) => {
    const found = scorers.get(model) ?? createScorer(model)
    scorers.set(model, found)
    return found
  }
}

/** Scores slates with the release of their user, and hands the cells to the log where it has them. */
export function openSlates(options: SlateOptions): (slate: Slate) => Promise<Scored> {
  const { scene, releaseOf, values, spaceScores, itemLinks, identify, logCells, onFault } = options
  const scorerOf = openScorers()
  return async (given) => {
    const slate = parseSlate(given)
    const user = identify(slate.user)
    const release = releaseOf(user)
    if (!release)
      throw new NothingServed(`no release of ${scene} is served: the slate was not scored`)
    const { version, sequence, opened } = release
    const model = opened[MODEL_PART]
    const items = slate.items.map(({ item }) => item)
    const [known, spaces, links] = await Promise.all([
      values.read(user, items, slate.timeMs),
      readsSpaces(model) ? spaceScores(release.parts, user, spaceReads(model)) : undefined,
      readsLinks(model) ? itemLinks(release.parts) : undefined,
    ])
    const all = { ...known.values, spaces, links }
    const rows = slate.items.map((item) => impressionOf(slate, user, version, item))
    let cells = servingCells(model.features, rows, all)
    while (await known.readMissing()) cells = servingCells(model.features, rows, all)
    const scores = cells.map((row) => sigmoid(scorerOf(model)(row)))
    if (logCells && isLogged(logCells, user)) {
      const served = cells.map((row, n) => ({
        cells: row,
        closedThroughMs: known.closedThroughMs(rows[n]!.item),
      }))
      const lines = servedLines(slate, user, version, served)
      void putLines(logCells, lines, (fault) => onFault(fault, 'logging served cells'))
    }
    return { scores, release: version, sequence }
  }
}
