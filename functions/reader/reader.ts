import type { Match } from '../contract/match.ts'
import { MODEL_PART } from '../contract/part.ts'
import type { SearchOptions, SearchRead } from '../contract/search-options.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import type {
  Generator,
  GeneratorAnswer,
  GeneratorRequest,
  GroundedPrompt,
} from '../graph/retrieval/generator.ts'
import type { FoundHits, Search } from './found.ts'
import { openGraph } from './graph.ts'
import type { Graph, GraphEntity, RelatedValue, RelatedValues } from './graph-entity.ts'
import { openItemLinks } from './item-links.ts'
import { createModelReader } from './model-part.ts'
import { openIndex } from './open-index.ts'
import type { Passage, PassageList, PassageOptions, Passages, Retrieval } from './passages.ts'
import { openRecall } from './recall.ts'
import type {
  EntityVector,
  Neighbour,
  Recall,
  Recalled,
  RecalledItems,
  RecallOptions,
  RecallSource,
} from './recalled.ts'
import { openReleases, releaseFor } from './releases.ts'
import { openRetrieval } from './retrieval.ts'
import { openSlates } from './score-slate.ts'
import type { CellLog, Scored, Slate } from './scored-slate.ts'
import { openSearch } from './search.ts'
import { openServedParts } from './served-parts.ts'
import { openSpaceScores } from './space-scores.ts'
import type { Timer } from './timer.ts'
import { openValues } from './values.ts'
import { openVerdicts } from './verdicts.ts'

/** The entry point of an online service. LAYOUT.md in this folder describes it for other languages. */

export { normalQuery } from '../contract/query-text.ts'
export { documentClient, dynamoTable } from '../core/dynamodb.ts'
export { CorruptArtifact, InvalidInput, ObjectMissing } from '../core/errors.ts'
export { s3Client, s3Store } from '../core/s3.ts'
export { groundedPrompt } from '../graph/retrieval/generator.ts'
export { createPseudonyms } from '../intake/identity.ts'
export { NoGraph } from './graph-entity.ts'
export { NothingRecalled } from './recalled.ts'
export { NothingServed } from './scored-slate.ts'
export type {
  CellLog,
  EntityVector,
  FoundHits,
  Generator,
  GeneratorAnswer,
  GeneratorRequest,
  GraphEntity,
  GroundedPrompt,
  Neighbour,
  ObjectStore,
  Passage,
  PassageList,
  PassageOptions,
  Passages,
  Recalled,
  RecalledItems,
  RecallOptions,
  RecallSource,
  RelatedValue,
  RelatedValues,
  Scored,
  SearchOptions,
  SearchRead,
  Slate,
  TableStore,
  Timer,
}

export interface ReaderOptions {
  scene: string
  /** The models bucket, the registry table and the online table. */
  models: Pick<ObjectStore, 'get' | 'range' | 'head' | 'bucket'>
  registry: Pick<TableStore, 'get'>
  online: Pick<TableStore, 'get' | 'getAll'>
  /** Raw user id → pseudonym, as intake makes it: `createPseudonyms(secret, scene)('user', id)`. */
  identify: (user: string) => string
  /** Called with each fault that no slate throws, and with what the reader was doing. */
  onFault: (fault: unknown, during: string) => void
  /** The time between two reads of CURRENT. Defaults to 10 seconds. */
  pollMs?: number
  /** The greatest age of an online value. Defaults to one second. */
  valuesMs?: number
  /** The time between two reads of the search index's pointer, while it is searched. Defaults to one second. */
  searchMs?: number
  /** Where posting lists of the search index are read, as `search.read` of the scene. Defaults to `memory`. */
  searchRead?: SearchRead
  /** The size of the cache of users and items. Defaults to 10,000. */
  maxEntities?: number
  /** Absent: no cells are logged. */
  logCells?: CellLog
  timer?: Timer
}

export interface Reader extends Search, Recall, Retrieval, Graph {
  /**
   * Scores a slate with the release that its user is served. Throws InvalidInput for a slate that
   * intake would quarantine, NothingServed where there is no release, and the table's fault where
   * online values are neither cached nor can be read.
   */
  scoreSlate(slate: Slate): Promise<Scored>
  /**
   * What the newest verdicts say of an event: `exclude` (the online side should ignore it, as training
   * does), `weigh`, or null where they say nothing. At most a minute old.
   */
  verdictOn(event: { user: string; item: string; timeMs: number }): Promise<Match | null>
  /** The release of all users outside a trial; null where there is none. */
  served(): { sequence: number; version: string } | null
  /** Reads CURRENT now instead of at the next poll. */
  refresh(): Promise<void>
  /** Stops polling. Slates are still scored. */
  close(): void
}

const POLL_MS = 10_000
/** With the write of a drop's values, well under the two seconds in which they should be served. */
const VALUES_MS = 1000
const SEARCH_MS = 1000
/** It is fitted once a day. */
const LATENT_MS = 60_000
/** New items are placed once an hour. */
const PLACED_MS = 60_000
const MAX_ENTITIES = 10_000
/** Verdicts change once a day, and when an operator says something. */
const VERDICTS_MS = 60_000

/** A timer that does not keep a process alive. */
const systemTimer: Timer = (run, ms) => {
  const timeout = setTimeout(run, ms)
  timeout.unref()
  return () => clearTimeout(timeout)
}

/**
 * Opens the reader of a scene and loads what is served. A flip is served after at most `pollMs`, one
 * read of CURRENT, and the time to read RELEASE and load the model. A flip during a load also waits
 * for that load. Until then, and after any fault, the reader serves the former release. Values are
 * at most `valuesMs` old. A fault is reported, not thrown, and the next poll tries again.
 */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  const { scene, models, registry, online, identify, onFault, logCells } = options
  const { pollMs = POLL_MS, valuesMs = VALUES_MS, maxEntities = MAX_ENTITIES } = options
  const timer = options.timer ?? systemTimer
  const readers = { [MODEL_PART]: createModelReader({ scene, models }) }
  const releases = openReleases({ scene, registry, readers, onFault })
  const values = openValues({ online, scene, valuesMs, maxEntities, onFault })
  const verdictsMs = VERDICTS_MS
  const verdictOn = openVerdicts({ online, scene, verdictsMs, maxUsers: maxEntities, onFault })
  const index = openIndex({
    ...{ scene, models, online, timer, onFault, searchMs: options.searchMs ?? SEARCH_MS },
    read: options.searchRead,
    servedParts: openServedParts(registry, scene),
  })
  const recall = openRecall({
    ...{ scene, models, online, timer, onFault, identify, placedMs: PLACED_MS },
    partsFor(pseudonym) {
      const served = releases.served()
      const release = pseudonym === null ? served.main : releaseFor(served, pseudonym)
      return release?.parts ?? null
    },
  })
  const scoreSlate = openSlates({
    ...{ scene, values, identify, logCells, onFault },
    releaseOf: (pseudonym) => releaseFor(releases.served(), pseudonym),
    spaceScores: openSpaceScores({ scene, models, online, maxUsers: maxEntities }),
    itemLinks: openItemLinks({ scene, models }),
  })

  let looking: Promise<void> | null = null
  const look = (): Promise<void> => {
    looking ??= releases.look().finally(() => {
      looking = null
    })
    return looking
  }
  let cancel = (): void => {}
  let isClosed = false
  const poll = async (): Promise<void> => {
    await look()
    if (!isClosed) cancel = timer(() => void poll(), pollMs)
  }
  await poll()

  return {
    ...openSearch(index),
    ...openRetrieval({ scene, index, models, online, timer, onFault, latentMs: LATENT_MS }),
    ...openGraph({ scene, online, servedParts: () => releases.served().main?.parts ?? null }),
    ...recall,
    scoreSlate,
    verdictOn: ({ user, ...event }) => verdictOn({ ...event, user: identify(user) }),
    served() {
      const { main } = releases.served()
      return main && { sequence: main.sequence, version: main.version }
    },
    refresh: look,
    close() {
      isClosed = true
      cancel()
    },
  }
}
