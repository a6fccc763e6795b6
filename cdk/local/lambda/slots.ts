import type { FunctionDeclaration } from '../ports.ts'
import type { FunctionProcess } from './function-process.ts'

interface Slot {
  declaration: FunctionDeclaration
  started: Promise<FunctionProcess>
  isBusy: boolean
  isKilled: boolean
  /** Grows with each use; the smallest has been idle longest. */
  lastUse: number
}

export interface Slots {
  /** Processes at work, of one function or of all. */
  busy(functionName?: string): number
  working(stage: string): Slot[]
  /** The warmest idle process of the function, else a new one, busy from now on. */
  take(declaration: FunctionDeclaration): Slot
  /** Back to the idle ones; a process that has ended is forgotten. */
  release(slot: Slot, isAlive: boolean): void
  close(): Promise<void>
}

/** The processes of a pool, at most `maxSlots`: the one idle longest makes room for a new one. */
export function createSlots(
  start: (declaration: FunctionDeclaration) => Promise<FunctionProcess>,
  maxSlots: number,
): Slots {
  const slots = new Set<Slot>()
  const ending = new Set<Promise<void>>()
  let uses = 0
  const idle = (): Slot[] =>
    [...slots].filter((slot) => !slot.isBusy).sort((a, b) => a.lastUse - b.lastUse)

  function discard(slot: Slot): void {
    slots.delete(slot)
    const end = slot.started.then(
      (started) => {
        started.kill()
        return started.ended
      },
      () => undefined,
    )
    ending.add(end)
    end.finally(() => ending.delete(end))
  }
  function open(declaration: FunctionDeclaration): Slot {
    const started = start(declaration)
    const slot: Slot = { declaration, started, isBusy: false, isKilled: false, lastUse: 0 }
    slots.add(slot)
    started.then(
      ({ ended }) => ended.then(() => slots.delete(slot)),
      () => slots.delete(slot),
    )
    return slot
  }

  return {
    busy: (functionName) =>
      [...slots].filter(
        (slot) => slot.isBusy && (!functionName || slot.declaration.name === functionName),
      ).length,
    working: (stage) =>
      [...slots].filter((slot) => slot.isBusy && slot.declaration.stage === stage),
    take(declaration) {
      // Only of the same declaration: a redeployed function needs a new process.
      const warmest = idle()
        .filter((slot) => slot.declaration === declaration)
        .at(-1)
      const longestIdle = idle()[0]
      if (!warmest && longestIdle && slots.size >= maxSlots) discard(longestIdle)
      const slot = warmest ?? open(declaration)
      slot.isBusy = true
      slot.lastUse = ++uses
      return slot
    },
    release(slot, isAlive) {
      slot.isBusy = false
      if (!isAlive) slots.delete(slot)
    },
    async close() {
      for (const slot of [...slots]) discard(slot)
      while (ending.size > 0) await Promise.all(ending)
    },
  }
}
