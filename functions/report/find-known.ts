import { z } from 'zod'
import { isLasting } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'

/** What other code wrote may have another form: the page says so, and goes on. */
export async function findKnown<Value>(
  models: ObjectStore,
  key: string,
  schema: { parse(value: unknown): Value },
): Promise<{ value: Value | null; unreadable: string | null }> {
  try {
    return { value: await findJson(models, key, schema), unreadable: null }
  } catch (error) {
    if (!isLasting(error)) throw error
    return { value: null, unreadable: error.message }
  }
}

const refusalSchema = z.object({
  served: z.string().nullable(),
  generations: z.array(
    z.object({ fenceMs: z.number().int(), status: z.string(), reason: z.string() }),
  ),
})

/**
 * The newest generation of what a section collected, if the gate held it back. Cheap: it parses no figures. Undefined
 * findings have none.
 */
export function refusedGeneration(
  own: unknown,
): { fenceMs: number; reason: string; served: string | null } | null {
  if (own === undefined) return null
  const { served, generations } = refusalSchema.parse(own)
  const [newest] = generations
  return newest?.status === 'refused' ? { ...newest, served } : null
}
