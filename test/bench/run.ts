import { benchIntake } from './intake.ts'
import { benchTraining } from './training.ts'

/** One figure, ours and a peer's, measured in the same process run on the same input. */
export interface Comparison {
  what: string
  unit: string
  ours: number
  peer: string
  peers: number
  note?: string
}

const comparisons: Comparison[] = [...(await benchIntake()), ...(await benchTraining())]
for (const { what, unit, ours, peer, peers, note } of comparisons) {
  const ratio = ours / peers
  process.stdout.write(
    `${what}: ${ours.toPrecision(4)} ${unit}, ${peer} ${peers.toPrecision(4)} ${unit}, ratio ${ratio.toFixed(2)}${note ? ` (${note})` : ''}\n`,
  )
}
