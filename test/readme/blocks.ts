import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, commandsIn } from './shell.ts'

export const ROOT = join(import.meta.dirname, '..', '..')
export const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** A fenced block, by the heading right above it. */
export interface Block {
  section: string
  language: string
  text: string
}

/** Cuts Markdown into its fenced blocks and its prose. Throws for a fence that does not close. */
function cut(markdown: string): { blocks: Block[]; prose: string } {
  const blocks: Block[] = []
  const prose: string[] = []
  let section = ''
  let open: { language: string; lines: string[] } | null = null
  for (const line of markdown.split('\n')) {
    const fence = /^```(\w*)$/.exec(line)
    if (open && fence) {
      blocks.push({ section, language: open.language, text: open.lines.join('\n') })
      open = null
    } else if (open) open.lines.push(line)
    else if (fence) open = { language: fence[1]!, lines: [] }
    else {
      section = /^#{2,3} (.*)$/.exec(line)?.[1] ?? section
      prose.push(line)
    }
  }
  if (open) throw new Error(`the block "${open.lines[0]}" of ${section} does not close`)
  return { blocks, prose: prose.join('\n') }
}
const { blocks, prose } = cut(README)
export const BLOCKS: readonly Block[] = blocks
export const PROSE = prose

/** Every `code` of the prose; a line end inside is a blank. */
export const INLINE = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) =>
  code!.replace(/\s+/g, ' '),
)

export const blocksWith = (section: string, part: string): Block[] =>
  BLOCKS.filter((block) => block.section === section && block.text.includes(part))

/**
 * The text of the one block of a section that has this part. Whoever takes a block checks it:
 * readme.test.ts finds each call, so that no block is without its check. Throws where there is no
 * such block, or more than one.
 */
export function readmeBlock(section: string, part: string): string {
  const found = blocksWith(section, part)
  if (found.length !== 1)
    throw new Error(`the README has ${found.length} blocks with "${part}" in "${section}"`)
  return found[0]!.text
}

/** A command that a shell block of a section tells a reader to run. */
export interface ShownCommand extends Command {
  section: string
}
export const COMMANDS: readonly ShownCommand[] = BLOCKS.filter(
  ({ language }) => language === 'sh',
).flatMap(({ section, text }) => commandsIn(text).map((command) => ({ ...command, section })))

/**
 * Commands of a section that begin so, for the test that really runs them; those that no test takes
 * are checked in commands.test.ts. Throws where there is none.
 */
export function readmeCommands(section: string, program: string): ShownCommand[] {
  const found = COMMANDS.filter(
    (command) => command.section === section && command.words[0] === program,
  )
  if (found.length === 0) throw new Error(`the README has no ${program} in "${section}"`)
  return found
}
