import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { UsageError } from './errors.ts'

/** Flag name → whether it takes a text or is a switch. Every command also has `--help`. */
export type Flags = Readonly<Record<string, 'text' | 'switch'>>
export type Given<F extends Flags> = {
  readonly [flag in keyof F]?: F[flag] extends 'switch' ? boolean : string
}

const HELP = { type: 'boolean', short: 'h' } as const

/** The given flags. Null if the user asked for help. Throws UsageError. */
export function parseFlags<const F extends Flags>(
  argv: readonly string[],
  flags: F,
  command: string,
): Given<F> | null {
  const options: ParseArgsOptionsConfig = {}
  for (const [flag, takes] of Object.entries(flags))
    options[flag] = { type: takes === 'text' ? 'string' : 'boolean' }
  options['help'] = HELP
  try {
    const { help, ...given } = parseArgs({ args: [...argv], options }).values
    return help ? null : (given as Given<F>)
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.\s/)
    throw new UsageError(`${sentence}; see ${command} -- --help`, { cause: error })
  }
}

export const missing = (flag: string, command: string): UsageError =>
  new UsageError(`--${flag} is missing; see ${command} -- --help`)

/** A number within bounds, both included. Throws UsageError. */
export function parseNumber(
  flag: string,
  text: string | undefined,
  fallback: number,
  [least, most]: readonly [number, number],
  isWhole = true,
): number {
  if (text === undefined) return fallback
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!(number >= least && number <= most) || (isWhole && !Number.isInteger(number)))
    throw new UsageError(
      `--${flag} ${text}: expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
    )
  return number
}
