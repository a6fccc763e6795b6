import { z } from 'zod'
import { mappingSchema, outcomeName } from './mapping.ts'

/** How logs of other systems are read: what a scene's configuration says under `logs`. */

export const logsSchema = z.strictObject({
  personalize: z
    .strictObject({
      /** EVENT_TYPEs, in any case, that say that an item was shown. */
      impressionEvents: z.array(z.string().min(1)).default(['impression']),
      /** EVENT_TYPE → outcome, where it is not the outcome's own name. */
      outcomes: z.record(z.string(), outcomeName).default({}),
      /** An interaction without EVENT_TYPE is the objective from this EVENT_VALUE on. */
      minEventValue: z.number().optional(),
    })
    .optional(),
  accessLog: z
    .strictObject({
      /** The site's own names; a referer of another host is no follow. All hosts where absent. */
      hosts: z.array(z.string().min(1)).optional(),
      /** Last parts of paths that are pages; the empty one is a path without any. */
      pageExtensions: z.array(z.string()).optional(),
      /** What following a link from a page is called; the objective where absent. */
      outcome: outcomeName.optional(),
    })
    .optional(),
  /** By name; a drop's metadata says which. */
  mappings: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,47}$/), mappingSchema).optional(),
})
export type Logs = z.infer<typeof logsSchema>

/** Every outcome that a scene's log settings speak of, and where: each must be one of the scene's. */
export function outcomesNamedIn(logs: Logs): { path: string[]; outcome: string }[] {
  const named = (path: string[], outcome: string | undefined) =>
    outcome === undefined ? [] : [{ path, outcome }]
  const byValue = (path: string[], outcomes: Readonly<Record<string, string>> = {}) =>
    Object.entries(outcomes).flatMap(([value, outcome]) => named([...path, value], outcome))
  return [
    ...byValue(['personalize', 'outcomes'], logs.personalize?.outcomes),
    ...named(['accessLog', 'outcome'], logs.accessLog?.outcome),
    ...Object.entries(logs.mappings ?? {}).flatMap(([name, { event, label, everyRow, slate }]) => [
      ...byValue(['mappings', name, 'event', 'outcomes'], event?.outcomes),
      ...[label ?? []]
        .flat()
        .flatMap(({ outcome }) => named(['mappings', name, 'label', 'outcome'], outcome)),
      ...named(['mappings', name, 'everyRow'], everyRow),
      ...named(['mappings', name, 'slate', 'outcome'], slate?.outcome),
    ]),
  ]
}
