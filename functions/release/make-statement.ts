import { CLEARED } from '../anticheat/judge.ts'
import { type RestatePorts, restateVerdicts } from '../anticheat/restate.ts'
import type { Statement } from '../contract/anticheat.ts'
import { STATEMENT_DAYS, type WriteRequest } from '../contract/requests.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, isoSeconds } from '../contract/time.ts'
import type { VerdictRow } from '../contract/verdicts.ts'
import { InvalidInput } from '../core/errors.ts'
import type { Registry } from '../registry/registry.ts'

export interface StatementRequest extends WriteRequest {
  /** Hash of a user, as intake makes it. */
  user?: string | undefined
  item?: string | undefined
  /** Of event time. Defaults to all events until the statement ends. */
  fromMs?: number | undefined
  throughMs?: number | undefined
  /** When the statement ends. Defaults to `STATEMENT_DAYS` after the request. */
  untilMs?: number | undefined
}
export interface StatementPorts extends Omit<RestatePorts, 'statements'> {
  registry: Registry
}
export interface StatementMade {
  statement: Statement
  /** The snapshot that has it. Null: nothing was screened yet. */
  madeMs: number | null
  /** Verdicts about the subject in that snapshot. */
  verdicts: Pick<VerdictRow, 'fromMs' | 'throughMs' | 'action' | 'reason' | 'items' | 'detectors'>[]
  /** Verdicts of detectors that a clear overrides. */
  overridden: number
}

/** A statement that never ends would never be looked at again. */
const MAX_STATEMENT_DAYS = 366

/** The statement of a request. Throws InvalidInput, in one sentence, for a request that cannot be meant. */
export function statementOf(kind: Statement['kind'], request: StatementRequest): Statement {
  const { user, item, reason, timeMs } = request
  const fail = (why: string): never => {
    throw new InvalidInput(`${why}; nothing was changed`)
  }
  if (user === undefined && item === undefined) fail(`expected a user or an item to ${kind}`)
  if (user !== undefined && !/^[0-9a-f]{32}$/.test(user))
    fail(
      `user: got ${JSON.stringify(user.slice(0, 40))}, expected the hash of a user, 32 hex digits, as verdicts and clean events have it`,
    )
  if (kind === 'clear' && user !== undefined && item !== undefined)
    fail('a clear is about all events of its user in the window: expected a user or an item')
  const untilMs = request.untilMs ?? timeMs + STATEMENT_DAYS * DAY_MS
  if (untilMs <= timeMs)
    fail(`until ${isoSeconds(untilMs)}: expected a time after the request, ${isoSeconds(timeMs)}`)
  if (untilMs > timeMs + MAX_STATEMENT_DAYS * DAY_MS)
    fail(
      `until ${isoSeconds(untilMs)}: expected at most ${MAX_STATEMENT_DAYS} days after the request`,
    )
  const fromMs = request.fromMs ?? 0
  const throughMs = request.throughMs ?? untilMs
  if (fromMs >= throughMs)
    fail(
      `${isoSeconds(fromMs)} to ${isoSeconds(throughMs)} contains no event: expected through to be later than from`,
    )
  return {
    kind,
    subject: user === undefined ? 'item' : 'user',
    id: user ?? item!,
    ...(user !== undefined && item !== undefined ? { items: [item] } : {}),
    ...{ fromMs, throughMs, reason, saidMs: timeMs, untilMs },
  }
}

/**
 * Flags or clears a user or an item, on record. Until the statement ends it overrides the detectors:
 * what they find of a cleared user is kept as a verdict that changes nothing, so it can be seen. The
 * newest verdicts are written again at once. A retry with the same time ends in the same state. Throws
 * InvalidInput.
 */
export async function makeStatement(
  ports: StatementPorts,
  scene: Scene,
  kind: Statement['kind'],
  request: StatementRequest,
): Promise<StatementMade> {
  const { registry } = ports
  const statement = statementOf(kind, request)
  const { subject, id, reason, saidMs } = statement
  await registry.state(statement)
  const served = (await registry.current())?.sequence ?? null
  await registry.decide(
    {
      ...{ timeMs: saidMs, kind, tier: kind, version: null, from: served, to: served, reason },
      evidence: { ...statement },
    },
    `${kind} ${subject} ${id}`,
  )
  const statements = () => registry.statements()
  const restated = await restateVerdicts({ ...ports, statements }, scene, saidMs)
  const own = (restated?.verdicts ?? []).filter((row) => row.subject === subject && row.id === id)
  return {
    statement,
    madeMs: restated?.snapshot.manifest.madeMs ?? null,
    verdicts: own.map(({ fromMs, throughMs, action, reason: why, items, detectors }) => ({
      ...{ fromMs, throughMs, action, reason: why, items, detectors },
    })),
    overridden: own.filter((row) => row.reason === CLEARED).length,
  }
}
