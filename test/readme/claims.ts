import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blocksWith, readmeCommands, type ShownCommand } from './blocks.ts'
import { type Block, ROOT } from './documents.ts'

const TESTS = join(ROOT, 'test')
const CALLS = /\b(readmeBlock|readmeCommands)\(\s*'([^']*)',\s*'([^']*)',?\s*\)/g

/** Which blocks and commands of the READMEs the tests take to check, by the calls in their sources. */
export function claims(): { blocks: Block[]; commands: ShownCommand[] } {
  const calls = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(TESTS, name), 'utf8').matchAll(CALLS)])
    .map(([, call, section, part]) => ({ call, section: section!, part: part! }))
  return {
    blocks: calls
      .filter(({ call }) => call === 'readmeBlock')
      .flatMap(({ section, part }) => blocksWith(section, part)),
    commands: calls
      .filter(({ call }) => call === 'readmeCommands')
      .flatMap(({ section, part }) => readmeCommands(section, part)),
  }
}
