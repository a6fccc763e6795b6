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
  /** A trained version. Defaults to the canary. */
  version?: string | undefined
}
export interface Promoted {
  from: number
  to: number
  version: string
  /** The refusals that this promotion overrides, or null. */
  over: string | null
}

const SUBJECT = 'promote'

/** The release to serve to all users, already prepared, and the refused versions that it overrides. */
interface Candidate {
  sequence: number
  version: string
  refused: VersionRow[]
  canary: CurrentRow['canary']
  /** The fence that CURRENT must have at the flip. */
  fence: number
}

async function chooseCanary(current: CurrentRow): Promise<Candidate> {
  if (!current.canary) throw new InvalidInput('no canary is on trial: name the version to promote')
  const { sequence, version } = current.canary
  return { sequence, version, refused: [], canary: null, fence: current.fence }
}

/**
 * Prepares the next release from a given version and its base. Both must exist as they were judged.
 */
async function prepareVersion<Stores>(
  { registry, parts, stores }: ReleasePorts<Stores>,
  current: CurrentRow,
  name: string,
  timeMs: number,
): Promise<Candidate> {
  if (current.version === name) throw new InvalidInput(`${name} is already served`)
  const row = await registry.version(name)
  if (!row)
    throw new InvalidInput(`${name} is not registered: npm run lineage lists registered versions`)
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
    // An operator's decision has priority over a run: at this time every lease has expired.
    Number.POSITIVE_INFINITY,
    timeMs + RELEASE_LEASE_MS,
  )
  if (fence === null) throw new LostRace(current.fence)
  const sequence = current.lastSequence + 1
  // Parts that belong to no version advance in place, so this release takes the last release's.
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
 * Serves all users the canary on trial, or a trained version that the gates may have refused. The
 * operator overrides the gates, on record: a refused version counts as accepted from then on.
 * `ports.parts` are those that belong to a version; the others come from the last release. The flip
 * is one conditional write, and no lease delays it. Throws InvalidInput for a version that was never
 * trained or was collected, CorruptArtifact where the stored content is not what was judged,
 * LostRace where another writer changed CURRENT first.
 */
export async function promote<Stores>(
  ports: ReleasePorts<Stores>,
  request: PromoteRequest,
): Promise<Promoted> {
  const { registry } = ports
  const { reason, timeMs } = request
  const current = await registry.current()
  if (!current)
    throw new InvalidInput('nothing is served yet: only a run can make the first release')
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
        reason: `promoted by an operator (${reason}) over: ${row.reason}`,
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
