import type { EraseRow } from '../contract/erase.ts'
import { QuartermasterError } from '../core/errors.ts'
import { openRegistry, type Registry } from '../registry/registry.ts'
import { erasureOf, type Person } from './person.ts'
import { addCounts, type ErasePorts, type Job, type Step, type Unit } from './step.ts'
import { isScan, STEPS } from './steps.ts'

/** What is left of what one call may read. Calls of several scenes share it. */
export interface Budget {
  objects: number
  bytes: number
}
export interface ErasureRequest {
  reason: string
  requestedMs: number
}

/** A scan that finds something is followed by one more round. */
const ROUNDS = 2
/** Names of leftovers that the account keeps. */
const MOST_NAMES = 50

/** The stored state of an erasure, which only this call changes. */
class Progress {
  row: EraseRow
  readonly #registry: Registry
  #stored: EraseRow | null

  constructor(registry: Registry, stored: EraseRow | null, row: EraseRow) {
    this.#registry = registry
    this.#stored = stored
    this.row = row
  }

  set(changed: Partial<EraseRow>): void {
    this.row = { ...this.row, ...changed }
  }

  /** Throws QuartermasterError where another call has stored something since. */
  async store(): Promise<void> {
    const row = { ...this.row, n: (this.#stored?.n ?? 0) + 1 }
    if (!(await this.#registry.keepErasure(row, this.#stored)))
      throw new QuartermasterError(
        `erasure ${row.erasure} of ${row.scene}: another call is at work; call again when it has ended`,
      )
    this.#stored = row
    this.row = row
  }
}

/** Where each round begins. */
const START: Pick<EraseRow, 'step' | 'cursor' | 'pending' | 'scanned' | 'leftovers'> = {
  ...{ step: STEPS[0]!.name, cursor: null, pending: null },
  scanned: { objects: 0, bytes: 0, rows: 0 },
  leftovers: { count: 0, first: [] },
}
const begun = (person: Person, { reason, requestedMs }: ErasureRequest): EraseRow => ({
  ...{ n: 0, scene: person.scene, erasure: erasureOf(person), requestedMs, reason },
  ...{ status: 'running', round: 1, removed: {}, ...START },
})

/** What a scan adds to the account. */
function scannedBy({ scanned, leftovers }: EraseRow, { objects, bytes, rows, found = [] }: Unit) {
  return {
    scanned: {
      objects: scanned.objects + objects,
      bytes: scanned.bytes + bytes,
      rows: scanned.rows + rows,
    },
    leftovers: {
      count: leftovers.count + found.length,
      first: [...leftovers.first, ...found].slice(0, MOST_NAMES),
    },
  }
}

/**
 * Removes one unit. It is counted and stored as pending before it is removed: after a break it is planned again, and
 * not counted twice.
 */
async function removeUnit(progress: Progress, step: Step, unit: Unit): Promise<void> {
  const { row } = progress
  const { change, cursor, id = cursor } = unit
  if (change) {
    if (row.pending !== id) {
      const { rows, rewritten, deleted } = change
      const counts = addCounts(row.removed[step.name], { rows, rewritten, deleted })
      progress.set({ removed: { ...row.removed, [step.name]: counts }, pending: id })
      await progress.store()
    }
    await change.apply()
  }
  progress.set({ cursor, pending: null, ...(isScan(step) && scannedBy(progress.row, unit)) })
}

/** Takes the units of a step. False: the budget ended first. */
async function takeStep(
  progress: Progress,
  job: Omit<Job, 'removed'>,
  step: Step,
  budget: Budget,
): Promise<boolean> {
  const { cursor, removed } = progress.row
  for await (const unit of step.units({ ...job, removed }, cursor)) {
    await removeUnit(progress, step, unit)
    budget.objects -= unit.objects
    budget.bytes -= unit.bytes
    if (budget.objects <= 0 || budget.bytes <= 0) return false
  }
  return true
}

/** After the last step: another round, or the end, which is a decision on record. */
async function endRound(progress: Progress, registry: Registry): Promise<void> {
  // A break after the decision must not scan the decision.
  await progress.store()
  const { row } = progress
  const { leftovers, removed, scanned, erasure, requestedMs: timeMs, reason } = row
  if (leftovers.count > 0 && row.round < ROUNDS) {
    progress.set({ round: row.round + 1, ...START })
    await progress.store()
    return
  }
  const served = (await registry.current())?.sequence ?? null
  await registry.decide(
    {
      ...{ timeMs, kind: 'erasure', tier: 'erasure', version: null, from: served, to: served },
      reason,
      evidence: { erasure, removed, scanned, leftovers },
    },
    `erase ${erasure}`,
  )
  progress.set({ status: leftovers.count > 0 ? 'incomplete' : 'erased' })
  await progress.store()
}

/**
 * Goes on with an erasure until it ends or the budget does, and returns how far it is. A request that is not newer
 * than an erasure that has ended gets its account. Throws QuartermasterError where another call is at work.
 */
export async function eraseScene(
  ports: ErasePorts,
  person: Person,
  request: ErasureRequest,
  budget: Budget,
): Promise<EraseRow> {
  const registry = openRegistry(ports.registry, person.scene)
  const erasure = erasureOf(person)
  const stored = await registry.erasure(erasure)
  const isEnded = stored !== null && stored.status !== 'running'
  if (isEnded && stored.requestedMs >= request.requestedMs) return stored
  const progress = new Progress(
    registry,
    stored,
    stored && !isEnded ? stored : begun(person, request),
  )
  const { requestedMs } = progress.row
  const job = { ...person, ...ports, erasure, requestedMs, rows: registry }
  while (progress.row.status === 'running') {
    const place = STEPS.findIndex(({ name }) => name === progress.row.step)
    // A step of an earlier version of the code: everything is looked through again.
    const step = STEPS[Math.max(0, place)]!
    const isWhole = await takeStep(progress, job, step, budget)
    const next = STEPS[STEPS.indexOf(step) + 1]
    if (isWhole && next) progress.set({ step: next.name, cursor: null, pending: null })
    if (isWhole && !next) await endRound(progress, registry)
    else await progress.store()
    if (!isWhole || budget.objects <= 0) break
  }
  return progress.row
}
