import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ANTICHEAT_USAGE } from '../../cdk/cli/anticheat/options.ts'
import { CHECK_USAGE } from '../../cdk/cli/check-lineage/options.ts'
import { COST_USAGE } from '../../cdk/cli/cost/options.ts'
import { FRESH_USAGE } from '../../cdk/cli/fresh/options.ts'
import { usageOf, VERBS } from '../../cdk/cli/operate/verbs.ts'
import { PACK_USAGE } from '../../cdk/cli/pack-reader/options.ts'
import { USAGE } from '../../cdk/cli/start/options.ts'
import { UP_USAGE } from '../../cdk/cli/up/options.ts'
import { VALIDATE_USAGE } from '../../cdk/cli/validate/options.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const USAGES: Readonly<Record<string, string>> = {
  start: USAGE,
  up: UP_USAGE,
  validate: VALIDATE_USAGE,
  'check-lineage': CHECK_USAGE,
  'pack-reader': PACK_USAGE,
  fresh: FRESH_USAGE,
  cost: COST_USAGE,
  anticheat: ANTICHEAT_USAGE,
  ...Object.fromEntries(Object.values(VERBS).map((verb) => [verb.script, usageOf(verb)])),
}
const rows = readFileSync(join(ROOT, 'cdk', 'cli', 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `npm '))
  .map((line) => {
    const [command, what, options] = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim())
    const script = /^`npm (?:run )?([a-z-]+)`$/.exec(command!)![1]!
    return { script, what, options: options!.replaceAll('`', '').split(' ') }
  })

test('The commands README names every script that runs a command', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const ours = Object.keys(scripts).filter((name) => scripts[name]!.startsWith('node cdk/cli/'))
  expect(rows.map(({ script }) => script).sort()).toEqual(ours.sort())
})

test.each(rows)(
  'The commands README describes $script as its help text does',
  ({ script, what, options }) => {
    const usage = USAGES[script]!
    expect(usage.split('\n')[0]).toBe(what)
    // A flag of another command is named after it.
    const flags = usage.match(/(?<![\w-]|cdk deploy )--[a-z-]+/g)!
    expect(new Set([...options, '--help'])).toEqual(new Set([...flags, '--help']))
  },
)
