import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Comparison } from './comparison.ts'

const EVENTS = process.env['BENCH_SAMPLE_EVENTS'] ?? '1000000'
/** The last commit whose samples were made row by row, from counts of closings alone. */
const BEFORE = 'e5329f2'
const ROOT = join(import.meta.dirname, '..', '..')

function measure(folder: string, version: string): { seconds: number; peakBytes: number } {
  const script = join(import.meta.dirname, 'make-samples.ts')
  const text = execFileSync('node', ['--expose-gc', script, folder, version, EVENTS])
  return JSON.parse(text.toString()) as { seconds: number; peakBytes: number }
}

/** Samples of a log, by this code and by that of a commit before, each in a process of its own. */
export function benchSamples(): Comparison[] {
  const folder = mkdtempSync(join(tmpdir(), 'before-'))
  try {
    const archive = join(folder, 'before.tar')
    execFileSync('git', ['-C', ROOT, 'archive', '-o', archive, BEFORE, 'functions', 'package.json'])
    execFileSync('tar', ['xf', archive, '-C', folder])
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const before = measure(folder, 'before')
    const now = measure(ROOT, 'now')
    const peer = `commit ${BEFORE}`
    const rateOf = ({ seconds }: { seconds: number }): number => Number(EVENTS) / seconds
    const mibOf = ({ peakBytes }: { peakBytes: number }): number => peakBytes / 2 ** 20
    return [
      {
        what: `Samples of ${EVENTS} events`,
        unit: 'events/s of the processor',
        ours: rateOf(now),
        peer,
        peers: rateOf(before),
      },
      { what: 'Peak memory of these', unit: 'MiB', ours: mibOf(now), peer, peers: mibOf(before) },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
