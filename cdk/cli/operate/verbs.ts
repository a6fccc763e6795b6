import { MOST_LINES } from '../../../functions/contract/requests.ts'
import { dateOf } from '../../../functions/contract/time.ts'
import { TIERS } from '../../../functions/contract/training.ts'
import { UsageError } from '../errors.ts'
import { formatTable } from '../table.ts'

/** What a flag takes; `read` turns its text into what the function is sent, or says what was expected. */
export interface Flag {
  /** Shown in the help; null: the flag stands alone. */
  takes: string | null
  help: string
  isRequired?: boolean
  read?: (text: string) => unknown
}
export interface Verb {
  /** The npm script. */
  script: string
  what: string
  flags: Readonly<Record<string, Flag>>
  /** Whether it changes something, and so takes a time. */
  writes: boolean
}

const instant = (text: string): string => {
  const [, date] = /^(\d{4}-\d{2}-\d{2})T.*(?:Z|[+-]\d{2}:\d{2})$/.exec(text) ?? []
  const timeMs = Date.parse(text)
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(timeMs) || date === undefined || dateOf(Date.parse(date)) !== date)
    throw new UsageError('expected a time such as 2026-01-12T06:00:00Z')
  return new Date(timeMs).toISOString()
}
const whole =
  (expected: string, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    if (!/^[1-9]\d*$/.test(text) || Number(text) > most)
      throw new UsageError(`expected ${expected}`)
    return Number(text)
  }
const tier = (text: string): string => {
  if (!(TIERS as readonly string[]).includes(text))
    throw new UsageError(`expected one of ${TIERS.join(', ')}`)
  return text
}

const reason: Flag = { takes: '<why>', help: 'stands in the record', isRequired: true }
const subject: Flag = {
  takes: '<tier or version>',
  help: "a tier's runs, or the hourly chain on a full or daily",
  isRequired: true,
}
const sequence = whole('the sequence number of a release')

const COMMON: Readonly<Record<string, Flag>> = {
  scene: { takes: '<scene>', help: 'as deployed', isRequired: true },
  stack: { takes: '<name>', help: 'the pipeline stack (QuartermasterPipeline)' },
  function: { takes: '<name>', help: 'the function itself, where it is called otherwise' },
  json: { takes: null, help: 'the answer as JSON' },
  help: { takes: null, help: 'this text' },
}
const AT: Flag = { takes: '<time>', help: 'when it is asked for (now)', read: instant }

/** Every verb: a function `<stack>-<verb>` and an npm script. */
export const VERBS: Readonly<Record<string, Verb>> = {
  lineage: {
    script: 'lineage',
    what: 'Shows how a version came to be and what stands beside it.',
    writes: false,
    flags: {
      version: { takes: '<version>', help: 'the served one where left out' },
      limit: {
        takes: '<n>',
        help: 'lines of each list (20)',
        read: whole(`1 to ${MOST_LINES} lines`, MOST_LINES),
      },
    },
  },
  explain: {
    script: 'explain',
    what: 'Says what a release is, why it was made and on which data.',
    writes: false,
    flags: {
      sequence: { takes: '<n>', help: 'the served one where left out', read: sequence },
    },
  },
  promote: {
    script: 'promote',
    what: 'Serves everybody the running canary, or a version that the gates may have refused.',
    writes: true,
    flags: { reason, version: { takes: '<version>', help: 'the canary where left out' } },
  },
  rollback: {
    script: 'rollback',
    what: 'Serves an earlier release again, or ends the trial of the canary.',
    writes: true,
    flags: {
      reason,
      to: {
        takes: '<sequence>',
        help: 'the release to go back to (the last one before that nobody refused)',
        read: sequence,
      },
      canary: { takes: null, help: 'ends the trial instead; what all others are served stays' },
    },
  },
  freeze: {
    script: 'freeze',
    what: 'Has the runs of a tier, or the hourly chain on one base, rest.',
    writes: true,
    flags: { subject, reason },
  },
  thaw: {
    script: 'thaw',
    what: 'Lets a tier or a chain run again.',
    writes: true,
    flags: { subject, reason },
  },
  exclude: {
    script: 'exclude',
    what: 'Takes whole hours out of everything that learns, and rebuilds the lineage without them.',
    writes: true,
    flags: {
      from: { takes: '<time>', help: 'first hour', isRequired: true, read: instant },
      through: {
        takes: '<time>',
        help: 'end, itself not excluded',
        isRequired: true,
        read: instant,
      },
      reason,
    },
  },
  run: {
    script: 'run-tier',
    what: 'Starts a run of a tier beside those of its schedule.',
    writes: true,
    flags: { tier: { takes: '<tier>', help: TIERS.join(', '), isRequired: true, read: tier } },
  },
}

export const flagsOf = ({ flags, writes }: Verb): Readonly<Record<string, Flag>> => ({
  ...flags,
  ...COMMON,
  ...(writes ? { at: AT } : {}),
})

/** The help of one verb. */
export function usageOf(verb: Verb): string {
  const rows = Object.entries(flagsOf(verb)).map(([name, { takes, help, isRequired }]) => [
    `  --${name}${takes === null ? '' : ` ${takes}`}`,
    `${help}${isRequired ? ' (required)' : ''}`,
  ])
  return `${verb.what}

  npm run ${verb.script} -- --scene <scene> …

${formatTable(null, rows)}

Region, credentials and endpoint are those of the environment, as for the AWS command line.
`
}
