import { z } from 'zod'
import { mappingSchema, outcomeName } from './mapping.ts'

/** How logs of other systems are read: the `logs` settings of a scene. */

/** Formats of other products that ship as mappings. */
const READY_FORMATS = ['ga4', 'segment', 'snowplow'] as const
export type ReadyFormat = (typeof READY_FORMATS)[number]

/** What the events of a ready format mean in this scene, if not the usual meaning. */
const readyEvents = z
  .strictObject({
    impressionEvents: z.array(z.string().min(1)).optional(),
    outcomes: z.record(z.string(), outcomeName).optional(),
  })
  .optional()

export const logsSchema = z.strictObject({
  personalize: z
    .strictObject({
      /** EVENT_TYPEs, in any letter case, of rows in which an item was shown. */
      impressionEvents: z.array(z.string().min(1)).default(['impression']),
      /** EVENT_TYPE → outcome. By default the outcome is named after the type. */
      outcomes: z.record(z.string(), outcomeName).default({}),
      /**
       * A number: an interaction without EVENT_TYPE is the objective if its EVENT_VALUE is at least
       * this. A record by EVENT_TYPE: each interaction of the type is an impression, and also its
       * outcome if its value is at least this.
       */
      minEventValue: z.union([z.number(), z.record(z.string().min(1), z.number())]).optional(),
    })
    .optional(),
  accessLog: z
    .strictObject({
      /**
       * The site's own host names. A referer with another host is not a followed link. Absent:
       * every host is the site's own.
       */
      hosts: z.array(z.string().min(1)).optional(),
      /** File extensions of pages. The empty extension is a path without one. */
      pageExtensions: z.array(z.string()).optional(),
      /** The outcome of following a link from a page. Defaults to the objective. */
      outcome: outcomeName.optional(),
    })
    .optional(),
  ga4: readyEvents,
  segment: readyEvents,
  snowplow: readyEvents,
  /** By name. A drop's metadata names the mapping that it uses. */
  mappings: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,47}$/), mappingSchema).optional(),
})
export type Logs = z.infer<typeof logsSchema>

/**
 * Every outcome that a scene's log settings name, with its path. Each must be an outcome of the
 * scene.
 */
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
