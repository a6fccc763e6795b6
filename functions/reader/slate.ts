import { z } from 'zod'
import { impressionSchema } from '../contract/events.ts'
import type { EventRow } from '../contract/rows.ts'
import { InvalidInput } from '../core/errors.ts'
import { slateCells } from '../features/cells.ts'
import type { Values } from '../features/values.ts'
import type { ServingModel } from './model.ts'
import type { Slate } from './scored-slate.ts'

const { userId, itemId, timeMs, position, context, requestId } = impressionSchema.shape

const slateSchema = z.object({
  user: userId,
  timeMs,
  context,
  requestId,
  /** As in the lake, where text is well-formed. */
  items: z.array(z.object({ item: itemId.transform((id) => id.toWellFormed()), position })),
})
export type ParsedSlate = z.output<typeof slateSchema>

/** Throws InvalidInput that names the wrong field. */
export function parseSlate(slate: Slate): ParsedSlate {
  const parsed = slateSchema.safeParse(slate satisfies z.input<typeof slateSchema>)
  if (parsed.success) return parsed.data
  const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue]
  throw new InvalidInput(`the slate's ${path.join('.') || 'value'}: ${message}; nothing was scored`)
}

/** The impression of an item if it is shown, as intake would keep it. */
export function impressionOf(
  slate: ParsedSlate,
  user: string,
  release: string,
  { item, position }: { item: string; position?: number | undefined },
): EventRow {
  return {
    ...NOTHING,
    timeMs: Math.floor(slate.timeMs),
    arrivalMs: Math.floor(slate.timeMs),
    user,
    item,
    position: position ?? null,
    release,
    context: slate.context === undefined ? null : JSON.stringify(slate.context),
  }
}
/** Fields that no feature reads. */
const NOTHING = {
  event: '',
  type: 'impression',
  request: null,
  outcome: null,
  value: null,
  propensity: null,
  drop: '',
  row: 0,
}

/** The cells of a slate's impressions as a sample's Parquet file returns them: with well-formed text. */
export function servingCells(
  features: ServingModel['features'],
  rows: readonly EventRow[],
  values: Values,
): ReturnType<typeof slateCells> {
  const slate = slateCells(features, rows, values)
  for (const cells of slate)
    for (const [name, cell] of Object.entries(cells) as [`f_${string}`, string | number | null][])
      if (typeof cell === 'string') cells[name] = cell.toWellFormed()
  return slate
}
