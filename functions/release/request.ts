import { z } from 'zod'

/** What a person asks of a scene; `requestedTime` makes a repeated request the same one. */
export const readRequestSchema = z.object({ scene: z.string() })
export const writeRequestSchema = readRequestSchema.extend({
  reason: z.string().min(1),
  requestedTime: z.iso.datetime({ offset: true }),
})
export interface WriteRequest {
  reason: string
  timeMs: number
}
