import { existsSync, readFileSync } from 'node:fs'
import { type FreshResult, freshResultSchema } from '../../../functions/contract/fresh.ts'
import { UsageError } from '../errors.ts'

/** A `fresh.json`. Throws UsageError, beginning with `where`, for a file that is none. */
export function readFreshResult(path: string, where: string): FreshResult {
  try {
    return freshResultSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = existsSync(path) ? 'is no result of npm run fresh' : 'no such file'
    throw new UsageError(`${where} ${path}: ${why}`, { cause: error })
  }
}
