import type { Guess } from './guess.ts'
import type { Table } from './layouts.ts'
import type { Proposal } from './propose.ts'

const SEPARATOR_NAMES: Record<string, string> = {
  ',': 'comma',
  '\t': 'tab',
  ';': 'semicolon',
  '|': 'bar',
  '::': '::',
  blanks: 'blanks',
}
const MOST_NAMED = 12

function layoutOf({ layout, separator, quoting, header, names }: Table): string {
  if (layout === 'json-lines') return `JSON Lines with ${names.length} fields`
  const bare =
    quoting === 'none' && separator !== 'blanks' && separator !== '::' ? ', without quotes' : ''
  return `${names.length} columns, cut by ${SEPARATOR_NAMES[separator]}${bare}, ${header === 'none' ? 'without' : 'with'} a heading`
}

const section = (title: string, guesses: readonly Guess[]): string[] =>
  guesses.length === 0
    ? []
    : [title, ...guesses.map(({ part, says }) => `  ${part.padEnd(15)} ${says}`), '']

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED
  return rest > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${rest} more` : names.join(', ')
}

export interface ProposalFiles {
  path: string
  mapping: string
  scene: string
}

const LOG = 'npm run validate -- --logs'
function goOn({ path, mapping, scene }: ProposalFiles): string[] {
  const flags = `--logs ${path} --format csv --mapping ${mapping} --scene ${scene}`
  return [`  npm run validate -- ${flags}`, `  npm start -- ${flags}`]
}

/** What was found in a log, sure and unsure, and the commands to go on with. */
export function printProposal(proposal: Proposal, files: ProposalFiles): string {
  const { kind, format, table, guesses, unmapped, written, mapping } = proposal
  const { path } = files
  const found = table
    ? [
        `${path}: ${layoutOf(table)}; ${table.rows} rows looked at${table.uneven > 0 ? `, ${table.uneven} of another shape` : ''}`,
        '',
      ]
    : []
  const own =
    kind === 'format'
      ? [
          `${path} looks like ${format}, which needs no mapping:`,
          '',
          `  ${LOG} ${path} --format ${format}`,
          '',
        ]
      : []
  const said = [
    ...section(
      'sure',
      guesses.filter(({ isSure }) => isSure),
    ),
    ...section(
      'unsure: look at these',
      guesses.filter(({ isSure }) => !isSure),
    ),
    ...(unmapped.length > 0 ? [`not mapped      ${listed(unmapped)}`, ''] : []),
  ]
  if (kind === 'catalogue') {
    const part = Object.keys(written!)[0]!
    const lines = JSON.stringify(written, null, 2).split('\n').slice(1, -1)
    const tells = `No mapping is written: it needs a log. Name the file ${part}.csv, put it beside the log, and add this to the log’s mapping:`
    return `${[...found, ...said, tells, '', ...lines].join('\n')}\n`
  }
  if (kind === 'none') {
    const lacks = guesses
      .filter(({ says }) => says.startsWith('no column looks like'))
      .map(({ says }) => says.replace('no column looks like ', ''))
    const tells = `Nothing looks like ${lacks.join(' or ')}, and none is invented: no mapping is written. Where a column is one, write a mapping that names it (functions/intake/README.md, “Any table, by a mapping”).`
    return `${[...found, ...said, tells].join('\n')}\n`
  }
  if (mapping === null) return `${own.slice(0, -1).join('\n')}\n`
  const second = kind === 'format' ? ['Or read it by a mapping:', ''] : []
  const written2 = `${files.mapping} is written, and ${files.scene}, a scene that learns from what it maps. Put them right, then:`
  return `${[...own, ...second, ...found, ...said, written2, '', ...goOn(files)].join('\n')}\n`
}
