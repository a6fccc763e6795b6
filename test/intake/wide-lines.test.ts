import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HEAP_OPTIONS } from '../../functions/intake/limits.ts'
import { WIDE_LINES } from './fixtures/wide-lines.ts'

const MAX_MIB = 256
const script = join(import.meta.dirname, 'fixtures', 'take-wide-lines.ts')

describe('Lines of maximum width', () => {
  test.each(Object.keys(WIDE_LINES))(
    'The widest lines in the format %s need at most 256 MiB',
    (format) => {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [...HEAP_OPTIONS.split(' '), script, format],
        { encoding: 'utf8', timeout: 300_000 },
      )
      expect(stderr).toBe('')
      const accounts = new Map(
        stdout
          .trim()
          .split('\n')
          .map((text) => JSON.parse(text))
          .map((account) => [account.what, account]),
      )
      for (const [what, { count, between = 1, reason, heading }] of Object.entries(
        WIDE_LINES[format]!,
      )) {
        const { read, accepted, quarantined, peakMiB } = accounts.get(what)
        const isHeadingFlawed = reason === 'bad_row' && count === 0 && heading !== undefined
        const plain = count * between + 1
        expect({ what, read, accepted, quarantined }).toEqual(
          isHeadingFlawed
            ? { what, read: 2, accepted: 0, quarantined: { bad_row: 2 } }
            : {
                what,
                read: plain + count,
                accepted: reason === null ? plain + count : plain,
                quarantined: reason === null ? {} : { [reason]: count },
              },
        )
        expect(peakMiB, what).toBeLessThanOrEqual(MAX_MIB)
      }
    },
    300_000,
  )
})
