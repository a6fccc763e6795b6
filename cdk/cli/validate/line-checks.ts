import { isDeclaredBotAgent } from '../../../functions/closing/rules/declared-agents.ts'
import { MINUTE_MS } from '../../../functions/contract/time.ts'
import type { LineFacts } from '../../../functions/intake/adapters/adapter.ts'
import { finerUnitOf } from '../../../functions/intake/check.ts'
import { AdaptiveTable, keyOf } from '../../../functions/math/adaptive-table.ts'
import { isSane } from '../replay/files.ts'
import { MAX_SLOTS, weighed } from './counts.ts'
import type { Profile } from './profile.ts'

/** What a time before 1973 in milliseconds is: seconds, or a clock that was never set. */
const EPOCH_THROUGH_MS = 1e11
const MINUTES_A_DAY = 1440

/** What single lines show: order, repetition, clocks, agents. Memory: one table, and a day of minutes. */
export class LineChecks {
  #timed = 0
  #outOfOrder = 0
  #duplicates = 0
  #declaredBots = 0
  #future = 0
  #epoch = 0
  readonly #finer = { microseconds: 0, nanoseconds: 0 }
  #previousMs: number | null = null
  readonly #seen = new AdaptiveTable(0, MAX_SLOTS)
  readonly #minutes = new Float64Array(MINUTES_A_DAY)
  readonly #nowMs: number

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  /** Order is that within a file. */
  beginFile(): void {
    this.#previousMs = null
  }

  bytes(line: Buffer): void {
    const { slot, isNew } = this.#seen.add(keyOf(line.toString('latin1')))
    if (slot !== -1 && !isNew) this.#duplicates += 1 / this.#seen.rate
  }

  /** Answers whether the line's agent says that it is a bot. */
  facts({ timeMs, agent }: LineFacts): boolean {
    const isBot = agent !== null && isDeclaredBotAgent(agent)
    if (isBot) this.#declaredBots++
    if (timeMs === null) return isBot
    this.#timed++
    const finer = finerUnitOf(timeMs)
    if (finer) this.#finer[finer.unit]++
    else if (timeMs > this.#nowMs) this.#future++
    if (timeMs < EPOCH_THROUGH_MS) this.#epoch++
    if (this.#previousMs !== null && timeMs < this.#previousMs) this.#outOfOrder++
    this.#previousMs = timeMs
    if (isSane(timeMs)) this.#minutes[Math.floor(timeMs / MINUTE_MS) % MINUTES_A_DAY]!++
    return isBot
  }

  end(): Pick<Profile, 'lines' | 'clocks'> {
    const ofHour = new Float64Array(60)
    for (const [minute, count] of this.#minutes.entries()) ofHour[minute % 60]! += count
    const total = Math.max(
      1,
      ofHour.reduce((a, b) => a + b, 0),
    )
    const minute = ofHour.indexOf(Math.max(...ofHour))
    return {
      lines: {
        timed: this.#timed,
        outOfOrder: this.#outOfOrder,
        duplicates: weighed(this.#duplicates, this.#seen),
        declaredBots: this.#declaredBots,
      },
      clocks: {
        future: this.#future,
        epoch: this.#epoch,
        finer: this.#finer,
        busiestMinute: { minute, share: ofHour[minute]! / total },
        midnightShare: this.#minutes[0]! / total,
      },
    }
  }
}
