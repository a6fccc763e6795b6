import { ConfigurationError } from '../config.ts'
import { WrongUse } from './operate/verbs.ts'
import { UsageError } from './usage-error.ts'

const ASKED_WRONGLY = [UsageError, WrongUse, ConfigurationError]

/** What the machine refused: no space, no permission, no such folder. Node names the call. */
const isRefusedByMachine = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && 'code' in error

/** What Node and the AWS clients say, and what the person can do about it. */
const OUTSIDE: readonly (readonly [RegExp, string])[] = [
  [/^Region is missing/, 'no Region is set: set AWS_REGION, or AWS_PROFILE to one that has it'],
  [
    /^Could not load credentials/,
    'no credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [/^(ENOSPC|EDQUOT)/, 'the disk is full: free some space and run again; what was written stays'],
  [
    /^(connect ECONNREFUSED|getaddrinfo)/,
    'nothing answers there: look at AWS_ENDPOINT_URL and AWS_REGION',
  ],
]
const isClientError = (error: unknown): boolean => error instanceof Error && '$metadata' in error

/** One sentence for what the world outside refused; null for what is a defect of ours. */
export function sayOutside(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const [first = ''] = error.message.split('\n')
  const known = OUTSIDE.find(([pattern]) => pattern.test(first))
  if (known) return `${known[1]} (${first})`
  return isRefusedByMachine(error) || isClientError(error) ? first : null
}

/**
 * Ends a command by what it threw: one sentence on stderr and exit code 2 for what was asked
 * wrongly, 1 for what the machine or AWS refused. Throws again what is a defect: its stack is wanted.
 */
export function endBy(error: unknown): void {
  const isAskedWrongly = ASKED_WRONGLY.some((kind) => error instanceof kind)
  const sentence = isAskedWrongly ? (error as Error).message : sayOutside(error)
  if (sentence === null) throw error
  process.stderr.write(`${sentence}\n`)
  process.exitCode = isAskedWrongly ? 2 : 1
}

/**
 * Ends the process at once, by the same sentences, when a callback throws: a log or an object that
 * cannot be written. What it started ends with it: training jobs are killed as the process exits, and
 * a function without its runtime API has nobody to work for.
 */
export function endAtOnceByThrown(): void {
  process.once('uncaughtException', (error) => {
    try {
      endBy(error)
    } catch {
      process.stderr.write(`${error.stack}\n`)
      process.exitCode = 1
    }
    process.exit()
  })
}
