import { isoSeconds } from '../../functions/contract/time.ts'

export interface Progress {
  step(what: string): void
  update(now: { virtualMs: number; drops: number; records: number }): void
  end(): void
}

const REDRAW_MS = 100
/** Interval of progress lines where the output is not a terminal. */
const LINE_MS = 10_000

/** Progress: one line that is redrawn on a terminal, or a line every ten seconds elsewhere. */
export function createProgress(out: NodeJS.WriteStream, startedMs: number): Progress {
  let shownMs = 0
  let step = ''
  let drawn = false
  const seconds = (): string => `${((Date.now() - startedMs) / 1000).toFixed(0)} s`
  const clear = (): void => {
    if (drawn) out.write('\r\u001b[K')
    drawn = false
  }
  return {
    step(what) {
      step = what
      clear()
      out.write(`${seconds().padStart(6)}  ${what}\n`)
      shownMs = Date.now()
    },
    update({ virtualMs, drops, records }) {
      const nowMs = Date.now()
      if (nowMs - shownMs < (out.isTTY ? REDRAW_MS : LINE_MS)) return
      shownMs = nowMs
      const line = `${seconds().padStart(6)}  ${step}: ${isoSeconds(virtualMs)}, ${drops.toLocaleString('en-GB')} drops, ${records.toLocaleString('en-GB')} records`
      clear()
      out.write(out.isTTY ? line : `${line}\n`)
      drawn = out.isTTY === true
    },
    end: clear,
  }
}
