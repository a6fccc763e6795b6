import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VERBS } from '../../cdk/cli/operate/verbs.ts'
import { claimFolder } from '../../cdk/cli/out-folder.ts'
import { COMMANDS, INLINE, readmeBlock, readmeCommands } from './blocks.ts'
import { claims } from './claims.ts'
import { isProgram, readCommand } from './commands.ts'
import { ROOT } from './documents.ts'
import { shapeOf } from './excerpt.ts'
import { filled, makeFolder, ownScene } from './files.ts'
import { type Command, commandsIn } from './shell.ts'

const before = process.cwd()
const folder = makeFolder()
beforeAll(() => process.chdir(folder))
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a command of ours where the README's files are, with no AWS settings. */
function run(command: string, ...argv: string[]) {
  const env = { PATH: process.env['PATH'], HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' }
  const path = join(ROOT, command)
  return spawnSync(process.execPath, [path, ...argv], { cwd: folder, env, encoding: 'utf8' })
}
/** The flags of an `npm` command. */
const argvOf = ({ words }: Command): string[] => words.slice(words.indexOf('--') + 1)
const BY_MAPPING = { '<format>': 'csv' }

describe('The mapping walk-through', () => {
  const [inferring, validating, starting] = readmeCommands('Any table, by a mapping', 'npm')

  test('The README walk-through infers the shown mapping, which reads every row', () => {
    const inferred = run('cdk/cli/start.ts', ...argvOf(inferring!))
    expect(inferred).toMatchObject({ stderr: '', status: 0 })
    const shown = readmeBlock('Any table, by a mapping', 'rows read')
    expect(inferred.stdout.trimEnd()).toBe(shown)

    const { stdout, stderr } = run('cdk/cli/validate.ts', ...argvOf(validating!))
    expect(stderr).toBe('')
    expect(stdout).toContain('4 read in 1 file = 4 accepted + 0 quarantined')
    expect(stdout).toContain('2 impressions, 1 purchase')
    readCommand(starting!.words)
  })
})

describe('README commands', () => {
  const taken = new Set(claims().commands)
  const read = COMMANDS.filter((command) => !taken.has(command))

  test.each(read.map((command) => [command.words.join(' '), command] as const))(
    'The program accepts the README command: %s',
    (_, { words, optional }) => {
      readCommand(filled(words))
      for (const more of optional) {
        // The mapping that was inferred names outcomes of the scene beside it.
        const isMapped = more[0] === '--mapping'
        const beside = isMapped ? ['--scene', 'scene.json'] : []
        readCommand(filled([...words, ...more, ...beside], isMapped ? BY_MAPPING : {}))
      }
    },
  )

  test.each(
    COMMANDS.filter(({ words }) => words[0] === 'aws').map(({ words }) => [words.join(' '), words]),
  )('asks for an operation that the local cloud has: %s', (_, words) => {
    readCommand(words)
  })

  // A command without flags is only named there, as package.json has it: see readme.test.ts.
  test.each(INLINE.filter((code) => isProgram(code.split(' ')[0]!) && / -/.test(code)))(
    'The program accepts the command in the README text: %s',
    (code) => {
      for (const { words } of commandsIn(code))
        for (const { script } of Object.values(VERBS))
          readCommand(filled(words, { '<verb>': script }))
    },
  )
})

type Turn = [typed: Command, said: string]
describe('Wrong use in the README', () => {
  /** A session of a terminal: each command that is typed, and what it prints. */
  const sessionOf = (text: string): Turn[] =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((turn) => {
        const [typed = '', ...said] = turn.trimEnd().split('\n')
        return [commandsIn(typed)[0]!, said.join('\n')]
      })

  test('Wrong use prints the sentences and exit codes of the README', () => {
    const endings = sessionOf(readmeBlock('Wrong use', '$ npm start'))
    expect(endings).toHaveLength(3)
    const [gzip, held, far] = endings as [Turn, Turn, Turn]

    const broken = run('cdk/cli/start.ts', ...argvOf(gzip[0]))
    expect(shapeOf(broken.stderr)).toBe(shapeOf(gzip[1]))
    expect(broken.status).toBe(2)

    const release = claimFolder(join(folder, 'out'), 'npm start')
    const second = run('cdk/cli/start.ts', ...argvOf(held[0]))
    release()
    expect(shapeOf(second.stderr)).toBe(shapeOf(held[1]))
    expect(second.status).toBe(2)

    const outside = run('cdk/cli/operate.ts', 'explain', ...argvOf(far[0]))
    expect(outside.stderr.trimEnd()).toBe(far[1])
    expect(outside.status).toBe(1)
  })

  test('A wrong scene prints the sentence that the README shows', () => {
    const [[typed, said]] = sessionOf(readmeBlock('A scene', '$ npm start')) as [Turn]
    expect(argvOf(typed)).toEqual(['--scene', 'search.json'])
    const scene = ownScene()
    writeFileSync('search.json', scene.replace('["query",', '["quary",'))
    try {
      expect(() => readCommand(typed.words)).toThrow(said)
    } finally {
      writeFileSync('search.json', scene)
    }
  })
})
