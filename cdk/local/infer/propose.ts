import { type Mapping, mappingSchema } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import type { FormatName } from '../replay/formats.ts'
import { factsOfColumn } from './columns.ts'
import { type Guess, inferMapping } from './roles.ts'
import { ownFormatOf, sampleTable } from './sample.ts'

/** The first bytes of a log, its name, the time at which it is looked at, and the scene it is for. */
export interface LogSample {
  path: string
  bytes: Uint8Array
  nowMs: number
  scene: Scene
}

/** What a log is taken for, with what was guessed of each part of it. */
export interface Proposal {
  kind: 'mapping' | 'format' | 'catalogue' | 'none'
  format: FormatName | null
  mapping: Mapping | null
  guesses: Guess[]
}

export async function propose({ bytes, scene }: LogSample): Promise<Proposal> {
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const format = ownFormatOf(lines)
  if (format !== null) return { kind: 'format', format, mapping: null, guesses: [] }
  const sample = sampleTable(lines)
  if (!sample || sample.rows === 0) return { kind: 'none', format, mapping: null, guesses: [] }
  const columns = sample.columns.map(factsOfColumn)
  const outcomes = Object.keys(scene.outcomes)
  const { mapping, guesses } = inferMapping(sample, columns, scene.objective, outcomes)
  return { kind: 'mapping', format, mapping: mappingSchema.parse(mapping), guesses }
}
