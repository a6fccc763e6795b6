import type { EraseAnswer, Erasing } from '../contract/erase.ts'
import type { EraseRequest } from '../contract/requests.ts'
import { DAY_MS } from '../contract/time.ts'
import { createPseudonyms } from '../intake/identity.ts'
import { eraseScene } from './erase.ts'
import type { ErasePorts } from './step.ts'

/** How long raw identifiers stay. */
export interface Retentions {
  rawDays: number
  quarantineDays: number
}

const MEGABYTE = 1e6

/**
 * Erases a person in each scene, until all is done or the budget of the request ends. Scenes that are done answer
 * with their accounts. Throws as eraseScene.
 */
export async function eraseInScenes(
  ports: ErasePorts,
  scenes: readonly string[],
  request: EraseRequest,
  identityKey: string,
  { rawDays, quarantineDays }: Retentions,
): Promise<EraseAnswer> {
  const { user: raw, hash, reason } = request
  const requestedMs = Date.parse(request.requestedTime)
  const budget = { objects: request.objects, bytes: request.megabytes * MEGABYTE }
  const erasing: Erasing[] = []
  for (const scene of scenes) {
    const user = hash ?? createPseudonyms(identityKey, scene)('user', raw!)
    const row = await eraseScene(ports, { scene, user }, { reason, requestedMs }, budget)
    const rawUntilMs = row.requestedMs + rawDays * DAY_MS
    const quarantineUntilMs = row.requestedMs + quarantineDays * DAY_MS
    erasing.push({ ...row, rawUntilMs, quarantineUntilMs })
    if (row.status === 'running') return { isDone: false, scenes: erasing }
  }
  return { isDone: true, scenes: erasing }
}
