import { z } from 'zod'
import { mappingSchema, outcomeName } from './mapping.ts'

/** How logs of other systems are read: what a scene's configuration says under `logs`. */

/** Formats of other products that ship as mappings. */
const READY_FORMATS = ['ga4', 'segment', 'snowplow'] as const
export type ReadyFormat = (typeof READY_FORMATS)[number]

/** What the events of a ready format mean in the scene, where that is not what they usually mean. */
const readyEvents = z
  .strictObject({
    impressionEvents: z.array(z.string().min(1)).optional(),
    outcomes: z.record(z.string(), outcomeName).optional(),
  })
  .optional()

export const logsSchema = z.strictObject({
  personalize: z
    .strictObject({
      /** EVENT_TYPEs, in any case, that say that an item was shown. */
      impressionEvents: z.array(z.string().min(1)).default(['impression']),
      /** EVENT_TYPE → outcome, where it is not the outcome's own name. */
      outcomes: z.record(z.string(), outcomeName).default({}),
      /**
       * A number: an interaction without EVENT_TYPE is the objective from this EVENT_VALUE on. By
       * EVENT_TYPE: each interaction of the type is an impression, and its outcome from this value on.
       */
      minEventValue: z.union([z.number(), z.record(z.string().min(1), z.number())]).optional(),
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
  ga4: readyEvents,
  segment: readyEvents,
  snowplow: readyEvents,
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
    ...READY_FORMATS.flatMap((format) => byValue([format, 'outcomes'], logs[format]?.outcomes)),
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
