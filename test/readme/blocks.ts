import { type Block, codesIn, DOCUMENTS, documentAt } from './documents.ts'
import { type Command, commandsIn } from './shell.ts'

export const README = documentAt('README.md').text
export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap(({ blocks }) => blocks)
/** Of all documents. */
export const PROSE = DOCUMENTS.map(({ prose }) => prose).join('\n\n')

/** Every `code` of the prose; a line end inside is a blank. */
export const INLINE = DOCUMENTS.flatMap(({ prose }) => codesIn(prose)).map((code) =>
  code.replace(/\s+/g, ' '),
)

export const blocksWith = (section: string, part: string): Block[] =>
  BLOCKS.filter((block) => block.section === section && block.text.includes(part))

/**
 * The text of the one block that has this part in a section of this name, in any README. A test that
 * takes a block checks it: readme.test.ts finds each call, so that no block is without its check.
 * Throws where there is no such block, or more than one.
 */
export function readmeBlock(section: string, part: string): string {
  const found = blocksWith(section, part)
  if (found.length !== 1)
    throw new Error(`the READMEs have ${found.length} blocks with "${part}" in "${section}"`)
  return found[0]!.text
}

/** A command that a shell block of a section tells a reader to run. */
export interface ShownCommand extends Command {
  document: string
  section: string
}
export const COMMANDS: readonly ShownCommand[] = BLOCKS.filter(
  ({ language }) => language === 'sh',
).flatMap(({ document, section, text }) =>
  commandsIn(text).map((command) => ({ ...command, document, section })),
)

/**
 * Commands of a section that begin so, for the test that really runs them; those that no test takes
 * are checked in commands.test.ts. Throws where there is none.
 */
export function readmeCommands(section: string, program: string): ShownCommand[] {
  const found = COMMANDS.filter(
    (command) => command.section === section && command.words[0] === program,
  )
  if (found.length === 0) throw new Error(`the READMEs have no ${program} in "${section}"`)
  return found
}
