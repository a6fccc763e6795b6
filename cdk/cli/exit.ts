import { inspect } from 'node:util'
import { ConfigurationError } from '../config.ts'
import { RefusedError, UsageError } from './errors.ts'

/** Errors of Node and the AWS clients, with the message that is printed for them. */
const OUTSIDE: readonly (readonly [RegExp, string])[] = [
  [
    /^Region is missing/,
    'no Region is set: set AWS_REGION, or set AWS_PROFILE to a profile with a Region',
  ],
  [
    /^Could not load credentials/,
    'no credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    /^(ENOSPC|EDQUOT)/,
    'the disk is full: free some space and run again; the files written so far stay',
  ],
  [
    /^(connect ECONNREFUSED|getaddrinfo)/,
    'the AWS endpoint does not answer: check AWS_ENDPOINT_URL and AWS_REGION',
  ],
]

/** Node names the failed system call. An AWS client adds the response's metadata. */
const isFromOutside = (error: Error): boolean =>
  ('syscall' in error && 'code' in error) ||
  '$metadata' in error ||
  error.name === 'CredentialsProviderError'

/** The sentence and exit code of an expected error. Null for a defect of this program. */
function explain(error: unknown): { sentence: string; code: 1 | 2 } | null {
  if (!(error instanceof Error)) return null
  if (error instanceof UsageError || error instanceof ConfigurationError)
    return { sentence: error.message, code: 2 }
  const [first = ''] = error.message.split('\n')
  if (error instanceof RefusedError) return { sentence: first, code: 1 }
  const known = OUTSIDE.find(([pattern]) => pattern.test(first))
  if (known) return { sentence: `${known[1]} (${first})`, code: 1 }
  return isFromOutside(error) ? { sentence: first, code: 1 } : null
}

/** Prints the error and ends the process. A defect prints its stack. */
function end(error: unknown): void {
  const explained = explain(error)
  process.stderr.write(`${explained?.sentence ?? inspect(error)}\n`)
  process.exitCode = explained?.code ?? 1
  if (!explained) process.exit()
}

/**
 * Runs a command, which returns its exit code. An error prints one sentence on stderr and gives exit
 * code 2 for wrong usage, or 1 if the machine or AWS refused something. An error in a callback (a log
 * or an object that cannot be written) ends the process and its children at once.
 */
export async function runCommand(main: (argv: string[]) => number | Promise<number>) {
  process.once('uncaughtException', (error) => {
    end(error)
    process.exit()
  })
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    end(error)
  }
}

/** On SIGINT or SIGTERM, calls `close` and exits as shells expect. Returns a function that stops this. */
export function exitWhenInterrupted(close: () => Promise<unknown>): () => void {
  const stop = (): void => {
    close().finally(() => process.exit(130))
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return () => process.off('SIGINT', stop).off('SIGTERM', stop)
}
