import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { WriteRequest } from '../contract/requests.ts'
import { isoSeconds } from '../contract/time.ts'
import { InvalidInput, ObjectMissing } from '../core/errors.ts'
import { baseOf, loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import { takeLease } from '../registry/lease.ts'
import { loadCollected } from '../registry/registry.ts'
import { publishParts } from './parts/part.ts'
import { prepareRelease, RELEASE_LEASE_MS, type ReleasePorts } from './release.ts'

export interface PromoteRequest extends WriteRequest {
  /** A version that was trained; the canary where absent. */
  version?: string | undefined
}
export interface Promoted {
  from: number
  to: number
  version: string
  /** What the gates had against it, or null. */
  over: string | null
}

const SUBJECT = 'promote'

/** The release that everybody is to be served, prepared in full, and what it overrides. */
interface Candidate {
  sequence: number
  version: string
  refused: VersionRow[]
  canary: CurrentRow['canary']
  /** Of CURRENT, as it is to be flipped. */
  fence: number
}

async function chooseCanary(current: CurrentRow): Promise<Candidate> {
  if (!current.canary)
    throw new InvalidInput('no canary is on trial: name the version that is to be released')
  const { sequence, version } = current.canary
  return { sequence, version, refused: [], canary: null, fence: current.fence }
}

/** A given version and its base, whole and as they were judged, become the next release. */
async function prepareVersion<Stores>(
  { registry, parts, stores }: ReleasePorts<Stores>,
  current: CurrentRow,
  name: string,
  timeMs: number,
): Promise<Candidate> {
  if (current.version === name) throw new InvalidInput(`${name} is served already`)
  const row = await registry.version(name)
  if (!row)
    throw new InvalidInput(`${name} is not registered: see npm run lineage for those that are`)
  const base = await loadDeltaBase(registry, row)
  const served = [row, ...(base ? [base] : [])]
  const collected = await loadCollected(registry)
  for (const { version, modelKey, status } of served) {
    if (collected.has(version))
      throw new InvalidInput(`${name} cannot be served: the model of ${version} was collected`)
    if (modelKey === null || (status !== 'accepted' && status !== 'refused'))
      throw new InvalidInput(
        `${version} is ${status}${modelKey === null ? ' and has no model' : ''}: only a trained version that the gates have judged can be promoted`,
      )
  }
  const last = (await registry.release(current.lastSequence))!
  const published = await publishParts(parts, stores, { version: row, timeMs }, last.parts).catch(
    (error: unknown) => {
      if (!(error instanceof ObjectMissing)) throw error
      throw new InvalidInput(`${name} cannot be served: ${error.message}`, { cause: error })
    },
  )
  const { fence } = await takeLease(
    registry,
    current,
    `promotion at ${isoSeconds(timeMs)}`,
    // A person's word goes before a run's: any lease has run out for it.
    Number.POSITIVE_INFINITY,
    timeMs + RELEASE_LEASE_MS,
  )
  if (fence === null) throw new LostRace(current.fence)
  const sequence = current.lastSequence + 1
  // Parts that belong to no version advance in place: the last release's are this one's as well.
  const carried = { ...last.parts, ...published }
  await prepareRelease(registry, row, carried, { sequence, fence, timeMs })
  const tried = current.canary && (await registry.version(current.canary.version))
  const isTried = tried !== null && baseOf(tried) === baseOf(row)
  return {
    sequence,
    version: name,
    refused: served.filter(({ status }) => status === 'refused'),
    canary: isTried ? null : current.canary,
    fence,
  }
}

/**
 * Serves everybody the running canary, or a trained version whatever the gates said: a person
 * overrides them, on record, and what was refused counts as accepted from then on. `ports.parts` are
 * those that belong to a version; all others are carried from the last release. One conditional
 * write that no lease holds up. Throws InvalidInput for what was never trained or has been
 * collected, CorruptArtifact for other content than was judged, LostRace when another
 * writer came between.
 */
export async function promote<Stores>(
  ports: ReleasePorts<Stores>,
  request: PromoteRequest,
): Promise<Promoted> {
  const { registry } = ports
  const { reason, timeMs } = request
  const current = await registry.current()
  if (!current) throw new InvalidInput("nothing is served yet: the first release is a run's")
  const [before] = (await registry.decisions(timeMs)).filter(({ tier }) => tier === SUBJECT)
  if (before && current.flippedMs === timeMs) {
    const { version, sequence } = current
    return { from: before.from!, to: sequence, version: version!, over: overOf(before.evidence) }
  }
  const { sequence, version, refused, canary, fence } =
    request.version === undefined
      ? await chooseCanary(current)
      : await prepareVersion(ports, current, request.version, timeMs)
  const over = before
    ? overOf(before.evidence)
    : refused.map((row) => `${row.version}: ${row.reason}`).join('; ') || null
  const from = current.sequence
  await registry.decide(
    {
      timeMs,
      kind: 'promotion',
      tier: SUBJECT,
      version,
      from,
      to: sequence,
      reason,
      evidence: { over },
    },
    SUBJECT,
  )
  for (const row of refused)
    await registry.settle(
      {
        ...row,
        status: 'accepted',
        reason: `promoted by a person (${reason}) over: ${row.reason}`,
      },
      'refused',
    )
  const lastSequence = Math.max(current.lastSequence, sequence)
  const flipped = { sequence, version, flippedMs: timeMs, lastSequence, canary }
  await changeCurrent(registry, { ...current, fence }, flipped)
  return { from, to: sequence, version, over }
}

const overOf = (evidence: Record<string, unknown>): string | null =>
  typeof evidence['over'] === 'string' ? evidence['over'] : null
