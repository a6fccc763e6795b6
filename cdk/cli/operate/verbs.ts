import {
  ERASE_MEGABYTES,
  ERASE_OBJECTS,
  MOST_LINES,
  STATEMENT_DAYS,
} from '../../../functions/contract/requests.ts'
import { dateOf } from '../../../functions/contract/time.ts'
import { TIERS } from '../../../functions/contract/training.ts'
import { UsageError } from '../errors.ts'
import { formatTable } from '../table.ts'

/** A flag. `read` parses its text for the request, or throws UsageError with the expectation. */
export interface Flag {
  /** Placeholder in the help. Null: the flag is a switch. */
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
  /** Whether its request has a time: it changes something, or asks about the last day. */
  isTimed: boolean
  /** Whether it is about every scene, unless one is named. */
  isForAllScenes?: boolean
  /** Whether its answer says `isDone`. Until then it is called again with the same request. */
  isRepeated?: boolean
  /** Throws UsageError for flags that contradict each other. */
  check?: (given: Readonly<Record<string, unknown>>) => void
}

const instant = (text: string): string => {
  const [, date] = /^(\d{4}-\d{2}-\d{2})T.*(?:Z|[+-]\d{2}:\d{2})$/.exec(text) ?? []
  const timeMs = Date.parse(text)
  // Date.parse reads 30 February as 2 March.
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

const reason: Flag = { takes: '<why>', help: 'reason, stored with the decision', isRequired: true }
const subject: Flag = {
  takes: '<tier or version>',
  help: 'a tier, or the full or daily version under an hourly chain',
  isRequired: true,
}
const sequence = whole('the sequence number of a release')

const hash = (text: string): string => {
  if (!/^[0-9a-f]{32}$/.test(text)) throw new UsageError('expected 32 hex digits')
  return text
}
function checkPerson({ user, hash: own, scene }: Readonly<Record<string, unknown>>): void {
  if (Boolean(user) === Boolean(own))
    throw new UsageError('expected either --user or --hash; see npm run erase -- --help')
  if (own && !scene) throw new UsageError('--hash needs --scene: each scene has another hash')
}

const statementFlags = (item: string): Record<string, Flag> => ({
  user: { takes: '<hash>', help: 'hash of a user, 32 hex digits' },
  item: { takes: '<item>', help: item },
  from: { takes: '<time>', help: 'first event time (any)', read: instant },
  through: { takes: '<time>', help: 'end of event time (--until)', read: instant },
  until: {
    takes: '<time>',
    help: `when this ends (${STATEMENT_DAYS} days from now)`,
    read: instant,
  },
})

const COMMON: Readonly<Record<string, Flag>> = {
  scene: { takes: '<scene>', help: 'a deployed scene', isRequired: true },
  stack: { takes: '<name>', help: 'the pipeline stack (QuartermasterPipeline)' },
  function: { takes: '<name>', help: 'the function, if it has another name' },
  json: { takes: null, help: 'print the answer as JSON' },
  help: { takes: null, help: 'print this text' },
}
const AT: Flag = { takes: '<time>', help: 'time of the request (now)', read: instant }

/** All verbs. Each is a function `<stack>-<verb>` and an npm script. */
export const VERBS: Readonly<Record<string, Verb>> = {
  lineage: {
    script: 'lineage',
    what: 'Shows the lineage of a version and the versions beside it.',
    isTimed: false,
    flags: {
      version: { takes: '<version>', help: 'the version (the served one)' },
      limit: {
        takes: '<n>',
        help: 'lines of each list (20)',
        read: whole(`1 to ${MOST_LINES} lines`, MOST_LINES),
      },
    },
  },
  explain: {
    script: 'explain',
    what: 'Explains a release: its parts, its decisions and its training data.',
    isTimed: false,
    flags: {
      sequence: { takes: '<n>', help: 'the release (the served one)', read: sequence },
    },
  },
  features: {
    script: 'features',
    what: 'Lists the features with their freshness, parity and importance.',
    isTimed: true,
    flags: {},
  },
  promote: {
    script: 'promote',
    what: 'Serves the running canary to all users, or a version, even one that a gate refused.',
    isTimed: true,
    flags: { reason, version: { takes: '<version>', help: 'the version (the canary)' } },
  },
  rollback: {
    script: 'rollback',
    what: 'Serves an earlier release again, or ends the trial of the canary.',
    isTimed: true,
    flags: {
      reason,
      to: {
        takes: '<sequence>',
        help: 'the release to serve again (the last one before that was not refused)',
        read: sequence,
      },
      canary: { takes: null, help: 'end the trial instead; the champion stays' },
    },
  },
  freeze: {
    script: 'freeze',
    what: 'Pauses the runs of a tier, or the hourly chain on one base.',
    isTimed: true,
    flags: { subject, reason },
  },
  thaw: {
    script: 'thaw',
    what: 'Resumes a paused tier or chain.',
    isTimed: true,
    flags: { subject, reason },
  },
  exclude: {
    script: 'exclude',
    what: 'Excludes whole hours from all training, and rebuilds the lineage without them.',
    isTimed: true,
    flags: {
      from: { takes: '<time>', help: 'first hour', isRequired: true, read: instant },
      through: {
        takes: '<time>',
        help: 'end of the interval (exclusive)',
        isRequired: true,
        read: instant,
      },
      reason,
    },
  },
  flag: {
    script: 'flag',
    what: 'Excludes the events of a user or an item from all training, whatever detectors find.',
    isTimed: true,
    flags: {
      ...statementFlags('item, or with --user the only item'),
      reason,
    },
  },
  clear: {
    script: 'clear',
    what: 'Overrides what detectors find of a user or an item.',
    isTimed: true,
    flags: { ...statementFlags('item, in place of a user'), reason },
  },
  forget: {
    script: 'forget',
    what: 'Takes a user out of the space, and the events until now out of all training.',
    isTimed: true,
    flags: {
      user: { takes: '<hash>', help: 'hash of a user, 32 hex digits', isRequired: true },
      reason,
    },
  },
  erase: {
    script: 'erase',
    what: 'Removes a person from all data, scans it for what is left, and marks the lineage.',
    isTimed: true,
    isForAllScenes: true,
    isRepeated: true,
    check: checkPerson,
    flags: {
      user: { takes: '<id>', help: 'the person, by the id of the logs' },
      hash: {
        takes: '<hash>',
        help: 'in place of --user: the hash in one scene, 32 hex digits',
        read: hash,
      },
      reason: { ...reason, isRequired: false },
      objects: {
        takes: '<n>',
        help: `objects that one call reads (${ERASE_OBJECTS})`,
        read: whole('a number of objects'),
      },
      megabytes: {
        takes: '<n>',
        help: `megabytes that one call reads (${ERASE_MEGABYTES})`,
        read: whole('a number of megabytes'),
      },
    },
  },
  run: {
    script: 'run-tier',
    what: 'Starts a run of a tier outside its schedule.',
    isTimed: true,
    flags: { tier: { takes: '<tier>', help: TIERS.join(', '), isRequired: true, read: tier } },
  },
}

const ANY_SCENE: Flag = { ...COMMON['scene']!, help: 'a deployed scene (all)', isRequired: false }

export const flagsOf = ({
  flags,
  isTimed,
  isForAllScenes,
}: Verb): Readonly<Record<string, Flag>> => ({
  ...flags,
  ...COMMON,
  ...(isForAllScenes ? { scene: ANY_SCENE } : {}),
  ...(isTimed ? { at: AT } : {}),
})

/** The help of one verb. */
export function usageOf(verb: Verb): string {
  const rows = Object.entries(flagsOf(verb)).map(([name, { takes, help, isRequired }]) => [
    `  --${name}${takes === null ? '' : ` ${takes}`}`,
    `${help}${isRequired ? ' (required)' : ''}`,
  ])
  return `${verb.what}

  npm run ${verb.script} -- ${verb.isForAllScenes ? '' : '--scene <scene> '}…

${formatTable(null, rows)}

Region, credentials and endpoint come from the environment, as for the AWS command line.
`
}
