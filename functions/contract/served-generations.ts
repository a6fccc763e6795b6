import { z } from 'zod'

/** Which generation of a part was served from when on, in order of time. Null: none was. */
export const servedGenerationsSchema = z.array(
  z.object({ sinceMs: z.number().int(), generation: z.string().nullable() }),
)
export type ServedGenerations = z.infer<typeof servedGenerationsSchema>

/** The generation that was served at an instant. */
export const servedAt = (served: ServedGenerations, timeMs: number): string | null =>
  served.findLast(({ sinceMs }) => sinceMs <= timeMs)?.generation ?? null
