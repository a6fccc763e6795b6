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

/** The sure and unsure findings about a log, and the next commands. */
export function printProposal(proposal: Proposal, files: ProposalFiles): string {
  const { kind, format, table, guesses, unmapped, written, mapping } = proposal
  const { path } = files
  const found = table
    ? [
        `${path}: ${layoutOf(table)}; ${table.rows} rows read${table.uneven > 0 ? `, ${table.uneven} of another shape` : ''}`,
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
  const sections = [
    ...section(
      'sure',
      guesses.filter(({ isSure }) => isSure),
    ),
    ...section(
      'unsure: check these',
      guesses.filter(({ isSure }) => !isSure),
    ),
    ...(unmapped.length > 0 ? [`not mapped      ${listed(unmapped)}`, ''] : []),
  ]
  if (kind === 'catalogue') {
    const part = Object.keys(written!)[0]!
    const lines = JSON.stringify(written, null, 2).split('\n').slice(1, -1)
    const advice = `No mapping is written, since this is a catalogue and not a log. Rename the file to ${part}.csv, put it beside the log, and add this to the log’s mapping:`
    return `${[...found, ...sections, advice, '', ...lines].join('\n')}\n`
  }
  if (kind === 'none') {
    const lacks = guesses
      .filter(({ says }) => says.startsWith('no column looks like'))
      .map(({ says }) => says.replace('no column looks like ', ''))
    const advice = `No column looks like ${lacks.join(' or ')}, so no mapping is written. If a column has one, write a mapping that names it (functions/intake/README.md, “Any table, by a mapping”).`
    return `${[...found, ...sections, advice].join('\n')}\n`
  }
  if (mapping === null) return `${own.slice(0, -1).join('\n')}\n`
  const second = kind === 'format' ? ['Or read it with a mapping:', ''] : []
  const next = `Written: ${files.mapping}, and ${files.scene}, a scene for the mapped columns. Correct them, then run:`
  return `${[...own, ...second, ...found, ...sections, next, '', ...goOn(files)].join('\n')}\n`
}
