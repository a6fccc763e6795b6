import { eraseScene } from '../../functions/erase/erase.ts'
import { at, type ChainOptions, type MadeChain, makeChain } from './chain.ts'
import { whole } from './erase-runs.ts'
import { memoryScan } from './memory-scan.ts'
import { memoryTable } from './memory-table.ts'
import { verdict } from './verdicts.ts'

export const users = ['a1'.repeat(16), 'b2'.repeat(16), 'c3'.repeat(16)]
export const [PERSON, CHEAT] = users as [string, string]
const kinds = { pairs: { maxPerSlate: 100 }, sequences: { length: 5, windowHours: 48 } }
const snapshots = [
  { madeMs: at(2, 1), rows: [verdict({ id: CHEAT, fromMs: at(0), throughMs: at(1) })] },
]
/** A chain of three users with real hashes: verdicts exclude one of them for a day. */
export const grow = (options: ChainOptions = {}) =>
  makeChain({ users, kinds, snapshots, ...options })

export const eraseIn = ({ lake, models, table, registryRows }: MadeChain, user: string) => {
  const online = new Map()
  const ports = {
    ...{ lake, models, online: memoryTable('online', online), onlineRows: memoryScan(online) },
    ...{ registry: table, registryRows: memoryScan(registryRows) },
  }
  const request = { reason: 'asked', requestedMs: at(6) }
  return eraseScene(ports, { scene: 'feed', user }, request, whole())
}
