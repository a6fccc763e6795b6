import { existsSync, readFileSync } from 'node:fs'
import { type FreshResult, freshResultSchema } from '../../../functions/contract/fresh.ts'
import { UsageError } from '../errors.ts'

/** Reads a `fresh.json`. Throws UsageError, which begins with `where`, for another file. */
export function readFreshResult(path: string, where: string): FreshResult {
  try {
    return freshResultSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = existsSync(path) ? 'the file is not a result of npm run fresh' : 'no such file'
    throw new UsageError(`${where} ${path}: ${why}`, { cause: error })
  }
}
