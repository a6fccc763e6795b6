import { existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { mappingSchema } from '../../../functions/contract/mapping.ts'
import { FORMATS } from '../replay/formats.ts'
import { findScene } from '../replay/options.ts'
import { UsageError } from '../usage-error.ts'
import { factsOfColumn } from './columns.ts'
import { type Guess, inferMapping } from './roles.ts'
import { firstLines, ownFormatOf, type Sample, sampleTable } from './sample.ts'

const SEPARATOR_NAMES: Record<string, string> = {
  ',': 'comma',
  '\t': 'tab',
  ';': 'semicolon',
  '|': 'bar',
}

export interface InferOptions {
  path: string
  out: string
  scene: string
}

/** `--infer <file> [--out <mapping>] [--scene <scene>]`; null where it is not asked for. Throws UsageError. */
export function parseInfer(argv: readonly string[]): InferOptions | null {
  if (!argv.some((word) => word === '--infer' || word.startsWith('--infer='))) return null
  const string = { type: 'string' } as const
  let flags: { infer?: string; out?: string; scene?: string }
  try {
    const options = { infer: string, out: string, scene: string }
    flags = parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}; see npm start -- --help`)
  }
  const path = flags.infer ?? ''
  if (!existsSync(path)) throw new UsageError(`--infer ${path}: no such file`)
  if (statSync(path).isDirectory())
    throw new UsageError(`--infer ${path}: is a folder; name one file of it`)
  const out = resolve(flags.out ?? join(dirname(path), 'mapping.json'))
  if (!existsSync(dirname(out)))
    throw new UsageError(`--out ${flags.out}: its folder does not exist`)
  if (existsSync(out))
    throw new UsageError(`${shown(out)}: exists and is left as it is; name another with --out`)
  return { path, out, scene: flags.scene ?? FORMATS.csv.scene }
}

const shown = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

const layoutOf = ({ layout, separator, quoting, hasHeader, columns }: Sample): string =>
  layout === 'json-lines'
    ? `JSON Lines with ${columns.length} fields`
    : `${columns.length} columns, cut by ${SEPARATOR_NAMES[separator]}${quoting === 'none' ? ', without quotes' : ''}, ${hasHeader ? 'with' : 'without'} a heading`

function section(title: string, guesses: readonly Guess[]): string[] {
  if (guesses.length === 0) return []
  return [title, ...guesses.map(({ part, says }) => `  ${part.padEnd(15)} ${says}`), '']
}

/** Looks at a log, writes a first mapping beside it and answers what is sure and unsure of it. Throws UsageError. */
export async function infer(
  { path, out, scene: sceneName }: InferOptions,
  knownScenes: readonly string[],
): Promise<string> {
  const { scene } = findScene(sceneName, knownScenes)
  const lines = await firstLines(path)
  if (lines.length === 0)
    throw new UsageError(`--infer ${path}: holds no line of text that could be read`)
  const own = ownFormatOf(lines)
  if (own !== null)
    return `${path} looks like ${own}, which needs no mapping:\n\n  npm run validate -- --logs ${path} --format ${own}\n`
  const sample = sampleTable(lines)
  if (!sample || sample.rows === 0)
    throw new UsageError(
      `--infer ${path}: is no table: expected lines cut by comma, tab, semicolon or bar, or JSON Lines`,
    )
  const columns = sample.columns.map(factsOfColumn)
  const outcomes = Object.keys(scene.outcomes)
  const { mapping, guesses, unmapped } = inferMapping(sample, columns, scene.objective, outcomes)
  mappingSchema.parse(mapping)
  writeFileSync(out, `${JSON.stringify(mapping, null, 2)}\n`, { flag: 'wx' })
  const text = [
    `${path}: ${layoutOf(sample)}; ${sample.rows} rows looked at${sample.uneven > 0 ? `, ${sample.uneven} of another shape` : ''}`,
    '',
    ...section(
      'sure',
      guesses.filter(({ isSure }) => isSure),
    ),
    ...section(
      'unsure: look at these',
      guesses.filter(({ isSure }) => !isSure),
    ),
    ...(unmapped.length > 0 ? [`not mapped      ${unmapped.join(', ')}`, ''] : []),
    `${shown(out)} is written. Put it right, then:`,
    '',
    `  npm run validate -- --logs ${path} --format csv --mapping ${shown(out)}`,
  ]
  return `${text.join('\n')}\n`
}
