import { inspect } from 'node:util'
import { ConfigurationError } from '../config.ts'
import { RefusedError, UsageError } from './errors.ts'

/** What Node and the AWS clients say, and what the user can do about it. */
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

/** Node names the system call that the machine refused; an AWS client adds the response's metadata. */
const isFromOutside = (error: Error): boolean =>
  ('syscall' in error && 'code' in error) ||
  '$metadata' in error ||
  error.name === 'CredentialsProviderError'

/** The sentence and the exit code of an error that is no defect of this program; null for a defect. */
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

/** A defect ends the process at once, with its stack. */
function end(error: unknown): void {
  const explained = explain(error)
  process.stderr.write(`${explained?.sentence ?? inspect(error)}\n`)
  process.exitCode = explained?.code ?? 1
  if (!explained) process.exit()
}

/**
 * Runs a command, whose answer is its exit code. An error ends it with one sentence on stderr and
 * exit code 2 for wrong use, 1 for what the machine or AWS refused. An error in a callback (a log or
 * an object that cannot be written) ends it at once, and what it started ends with it.
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

/** On Ctrl-C or a plain kill, closes and exits as shells expect. Answers how to stop listening. */
export function exitWhenInterrupted(close: () => Promise<unknown>): () => void {
  const stop = (): void => {
    close().finally(() => process.exit(130))
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return () => process.off('SIGINT', stop).off('SIGTERM', stop)
}
