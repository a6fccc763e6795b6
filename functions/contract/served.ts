import { z } from 'zod'
import {
  attributesSchema,
  type FieldFlaw,
  ILL_FORMED,
  identifier,
  impressionSchema,
  issueOf,
  tooLong,
} from './events.ts'

/**
 * What the reader logs of a share of users: the cells that it scored one item of a slate with, one JSON
 * object per line, under `raw/<scene>/served/`.
 */

/** Cells by feature, without the prefix of sample columns. */
export type ServedCells = Record<string, string | number | null>
const NAME = /^[a-z][a-z0-9_]{0,47}$/
const MAX_CELLS = 4096
/** A category may have a hundred values of 256 characters. */
const MAX_CELL = 32_768

function flawOfCell(name: string, cell: unknown): FieldFlaw | null {
  if (!NAME.test(name))
    return { reason: 'out_of_bounds', message: "got a name that is no feature's" }
  if (typeof cell === 'string')
    return cell.length > MAX_CELL
      ? tooLong(cell.length, MAX_CELL)
      : cell.isWellFormed()
        ? null
        : ILL_FORMED
  return cell === null || (typeof cell === 'number' && Number.isFinite(cell))
    ? null
    : { reason: 'wrong_type', message: 'expected a string, a number or null' }
}

/** Reports only the first flaw, as for attributes. */
const cellsSchema = z.custom<ServedCells>().check(({ value, issues }) => {
  const report = (flaw: FieldFlaw, path: string[] = []): unknown =>
    issues.push({ input: value, path, ...issueOf(flaw) })
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    report({ reason: 'wrong_type', message: 'expected an object of features and cells' })
    return
  }
  const names = Object.keys(value)
  if (names.length > MAX_CELLS) {
    report(tooLong(names.length, MAX_CELLS, 'cells'))
    return
  }
  for (const name of names) {
    const flaw = flawOfCell(name, value[name])
    if (flaw) {
      report(flaw, [name])
      return
    }
  }
})

export const servedSchema = z.object({
  type: z.literal('served'),
  /** The pseudonym: a raw identifier does not leave the online service. */
  user: z.string().regex(/^[0-9a-f]{32}$/, 'expected a pseudonym, 32 hexadecimal digits'),
  item: identifier,
  /** The time of the slate: epoch milliseconds, UTC. */
  timeMs: z.number(),
  /** As in the impressions of the slate. */
  requestId: identifier.optional(),
  position: impressionSchema.shape.position,
  context: attributesSchema.optional(),
  /** The version that scored the slate. */
  release: identifier,
  /** The closing that the values had folded. Absent: none. */
  closedThroughMs: z.number().int().optional(),
  cells: cellsSchema,
})
export type Served = z.infer<typeof servedSchema>
