import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCheckOptions } from '../../cdk/cli/check-lineage/options.ts'
import { parseCostOptions } from '../../cdk/cli/cost/options.ts'
import { parseFreshOptions } from '../../cdk/cli/fresh/options.ts'
import { parseInfer } from '../../cdk/cli/infer/infer.ts'
import { readFlags, requestOf } from '../../cdk/cli/operate/request.ts'
import { VERBS } from '../../cdk/cli/operate/verbs.ts'
import { parsePackOptions } from '../../cdk/cli/pack-reader/options.ts'
import { parseOptions } from '../../cdk/cli/start/options.ts'
import { parseUpOptions } from '../../cdk/cli/up/options.ts'
import { parseValidateOptions } from '../../cdk/cli/validate/options.ts'
import { readDeployment } from '../../cdk/config.ts'
import { ROOT } from './documents.ts'

const NOW = '2026-01-05T00:00:00Z'
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const { context: ours } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
  context: Record<string, string>
}

type Read = (words: readonly string[]) => unknown
const takesNothing: Read = (words) => {
  if (words.length > 0) throw new Error(`${words.join(' ')}: it takes no flags`)
}
const readVerb =
  (name: string): Read =>
  (words) => {
    const given = readFlags(VERBS[name]!, [...words])
    return given && requestOf(VERBS[name]!, given, NOW)
  }
/** By npm script, what reads its flags: the very code that the command has. */
const READERS: Readonly<Record<string, Read>> = {
  start: (words) => parseInfer(words) ?? parseOptions(words),
  up: (words) => parseUpOptions(words, Date.parse(NOW)),
  validate: (words) => parseValidateOptions(words),
  fresh: parseFreshOptions,
  cost: parseCostOptions,
  'check-lineage': parseCheckOptions,
  'pack-reader': parsePackOptions,
  ...Object.fromEntries(
    Object.entries(VERBS).map(([name, { script }]) => [script, readVerb(name)]),
  ),
  bench: takesNothing,
  test: takesNothing,
}

function readNpm([first, ...rest]: readonly string[]): void {
  if (first === 'install' && rest.length === 0) return
  const [script = '', ...words] = first === 'run' ? rest : [first!, ...rest]
  const isNpms = first === 'run' || first === 'start' || first === 'test'
  const read = READERS[script]
  if (!isNpms || !read || !Object.hasOwn(scripts, script))
    throw new Error(`npm ${first} ${script}: package.json has no such script, or nobody reads it`)
  // Without the dashes npm takes the flags for its own.
  if (words.length > 0 && words[0] !== '--') throw new Error(`npm ${script}: -- is missing`)
  read(words.slice(1))
}

/** Flags of the CDK command line that the project's words use; `true` for those that take a value. */
const CDK_FLAGS: Readonly<Record<string, Record<string, boolean>>> = {
  synth: { '--quiet': false, '-c': true },
  deploy: { '--all': false, '-c': true, '--outputs-file': true },
  bootstrap: {},
  destroy: {},
}

/** Context of a `cdk` command is what cdk.json has, and what it names; the app must ask for each. */
function readCdk([verb, ...words]: readonly string[]): void {
  const flags = CDK_FLAGS[verb!]
  if (!flags) throw new Error(`cdk ${verb}: is not among ${Object.keys(CDK_FLAGS).join(', ')}`)
  const given: Record<string, string> = {}
  for (let i = 0; i < words.length; i++) {
    const takesValue = flags[words[i]!]
    if (takesValue === undefined) throw new Error(`cdk ${verb} ${words[i]}: no such flag`)
    const value = takesValue ? words[++i]! : ''
    if (words[i - 1] !== '-c') continue
    const [key, ...text] = value.split('=')
    given[key!] = text.join('=')
  }
  const context: Record<string, string> = { ...ours, ...given }
  const asked = new Set<string>()
  readDeployment((key) => {
    asked.add(key)
    return context[key]
  })
  for (const key of Object.keys(given))
    if (!asked.has(key)) throw new Error(`-c ${key}: the app asks for no such context`)
}

function mustExist(path: string): void {
  if (!existsSync(path)) throw new Error(`${path}: no such file`)
}

const LOCAL_CLOUD = readdirSync(join(ROOT, 'cdk', 'local'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(ROOT, 'cdk', 'local', name), 'utf8'))
  .join('\n')
const pascal = (name: string): string =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Operations that the local cloud has; that they do what they should, test/system/up-clients.test.ts finds out. */
function readAws(words: readonly string[]): void {
  const [service, operation] = words[0] === '--endpoint-url' ? words.slice(2) : words
  // Objects are copied by several operations of S3, which every stage needs.
  if (service === 's3' && ['cp', 'sync'].includes(operation!)) return
  if (!new RegExp(`\\b${pascal(operation ?? 'none')}\\b`).test(LOCAL_CLOUD))
    throw new Error(`aws ${service} ${operation}: the local cloud has no such operation`)
}

const PROGRAMS: Readonly<Record<string, Read>> = {
  npm: readNpm,
  npx([tool, ...words]) {
    if (tool === 'cdk') return readCdk(words)
    if (tool !== 'vitest' || words[0] !== 'run') throw new Error(`npx ${tool}: nobody knows it`)
    for (const file of words.slice(1)) mustExist(join(ROOT, file))
  },
  cdk: readCdk,
  aws: readAws,
  cp: ([from]) => mustExist(from!),
  export(words) {
    for (const word of words)
      if (!/^AWS_[A-Z_]+=\S+$/.test(word)) throw new Error(`export ${word}: expected AWS_…=…`)
  },
}

/** Whether somebody can read commands of this program. */
export const isProgram = (word: string): boolean => Object.hasOwn(PROGRAMS, word)

/** Reads a command as its program would, in the working directory. Throws what it would refuse. */
export function readCommand([program, ...words]: readonly string[]): void {
  const read = PROGRAMS[program!]
  if (!read) throw new Error(`${program}: nobody reads its commands`)
  read(words)
}
