import { searchPlanKey } from '../../functions/contract/keys.ts'
import { indexPart } from '../../functions/search-index/index-part.ts'
import { createLedger, readOn } from '../../functions/search-index/ledger.ts'
import { rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { portsOf, searchWorld } from '../make/search-world.ts'
import { putStatements } from '../make/statements.ts'
import { SEARCH, statement } from './search/drawn-statements.ts'

/**
 * Measures a full build in parts (functions/search-index/README.md, "Limits"): CPU seconds and bytes a document of its
 * parts and of what adopts them. Run it with `node --expose-gc test/bench/search-parts.ts`.
 */

/** Documents, and parts of them. The first one warms up the compiler. */
const SIZES = [
  [20_000, 4],
  [200_000, 8],
  [200_000, 16],
] as const
const FILE_ROWS = 1000

/** CPU seconds of the process: other processes on the machine do not count. */
async function secondsOf<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = process.cpuUsage()
  const made = await work()
  const { user, system } = process.cpuUsage(began)
  return [made, (user + system) / 1e6]
}

async function bytesUnder(world: ReturnType<typeof searchWorld>, part: string): Promise<number> {
  const all = [...(await world.models.list('search/')), ...(await world.lake.list('clean/'))]
  return all.filter(({ key }) => key.includes(part)).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Bytes of the heap that a ledger of the whole lake takes. */
async function ledgerBytes(world: ReturnType<typeof searchWorld>): Promise<number> {
  const heap = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = heap()
  const ledger = createLedger()
  await readOn(world.lake, 'feed', SEARCH, ledger)
  const taken = heap() - before
  return ledger.newest.size > 0 ? taken : 0
}

for (const [documents, parts] of SIZES) {
  const world = searchWorld()
  const stated = Array.from({ length: documents }, (_, n) => {
    const { id, title, text, attributes } = statement(n, 1)
    return { id, timeMs: 0, title: title!, text: text!, attributes: JSON.parse(attributes) }
  })
  await putStatements(world.lake, 'documents', 0, stated, 'feed', FILE_ROWS)
  const search = { ...SEARCH, partFiles: Math.ceil(documents / FILE_ROWS / parts) }
  const rebuild = () => secondsOf(() => rebuildIndex(portsOf(world), search, 1))
  const [planned, planSeconds] = await rebuild()
  const planKey = searchPlanKey('feed', planned.generation)
  let partSeconds = 0
  for (const piece of planned.pieces)
    partSeconds += (await secondsOf(() => indexPart(portsOf(world), planKey, piece)))[1]
  const [versionBytes, written] = [
    await bytesUnder(world, 'versions.parquet'),
    await bytesUnder(world, 'segments/'),
  ]
  const [{ live }, finishSeconds] = await rebuild()
  const figures = {
    ...{ documents, parts: planned.pieces.length, live, planSeconds },
    ...{ partSeconds: partSeconds / documents, finishSeconds: finishSeconds / documents },
    cleanBytes: (await bytesUnder(world, 'clean/')) / documents,
    ...{ segmentBytes: written / documents, versionBytes: versionBytes / documents },
    ledgerBytes: (await ledgerBytes(world)) / documents,
  }
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(3)}`)
  process.stdout.write(`${shown.join(', ')}\n`)
}
