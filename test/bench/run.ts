import { benchAnticheat } from './anticheat.ts'
import { benchCounters } from './counters.ts'
import { benchEmbeddings } from './embeddings.ts'
import { benchFreshness } from './freshness.ts'
import { benchIntake } from './intake.ts'
import { benchOnlineRows } from './online-rows.ts'
import { benchRecommend } from './recommend.ts'
import { benchResolution } from './resolution.ts'
import { benchSage } from './sage.ts'
import { benchSamples } from './samples.ts'
import { benchSearch } from './search.ts'
import { benchTraining } from './training.ts'
import { benchValues } from './values.ts'
import { benchVectorIndex } from './vector-index.ts'

for (const bench of [
  benchIntake,
  benchCounters,
  benchOnlineRows,
  benchTraining,
  benchSamples,
  benchValues,
  benchSearch,
  benchEmbeddings,
  benchRecommend,
  benchSage,
  benchVectorIndex,
])
  for (const { what, unit, ours, peer, peers, note } of await bench()) {
    const figures = `${ours.toPrecision(4)} ${unit}, ${peer} ${peers.toPrecision(4)} ${unit}`
    const ratio = (ours / peers).toFixed(2)
    process.stdout.write(`${what}: ${figures}, ratio ${ratio}${note ? ` (${note})` : ''}\n`)
  }
benchAnticheat()
benchResolution()
await benchFreshness()
