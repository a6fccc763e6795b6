import { eventSchema } from '../../../functions/contract/events.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { isRecord, NO_FACTS, RecordOfKind } from '../../../functions/intake/adapters/adapter.ts'
import { ADAPTERS } from '../../../functions/intake/adapters/formats.ts'
import { personalizeKindOf } from '../../../functions/intake/adapters/personalize.ts'
import { isFlaw } from '../../../functions/intake/json-record.ts'
import type { FormatName } from '../replay/formats.ts'
import type { ColumnFacts } from './columns.ts'
import { isLabelName } from './label-names.ts'
import { strengthOf } from './names.ts'

/** A quick check of the first line before a format's adapter is tried. The first success counts. */
const TRIED: readonly { format: FormatName; begins(lines: readonly string[]): boolean }[] = [
  { format: 'jsonl', begins: ([first = '']) => first.startsWith('{') },
  { format: 'metarank', begins: ([first = '']) => first.startsWith('{') },
  {
    format: 'ga4',
    begins: ([first = '']) => /"event_timestamp"/.test(first) && /"user_pseudo_id"/.test(first),
  },
  {
    format: 'segment',
    begins: ([first = '']) => /"anonymousId"|"messageId"/.test(first) && /"type"/.test(first),
  },
  { format: 'snowplow', begins: ([first = '']) => first.split('\t').length === 131 },
  { format: 'access-log', begins: ([first = '']) => !first.startsWith('{') },
  { format: 'movielens', begins: ([first = '']) => /^user_id:token\titem_id:token/.test(first) },
  {
    format: 'open-bandit',
    begins: ([first = '']) => /timestamp,item_id,position,click,propensity/.test(first),
  },
  {
    format: 'personalize',
    begins: ([first = '']) =>
      personalizeKindOf(first) === 'events' &&
      (/EVENT_TYPE|IMPRESSION/i.test(first) || /\bUSER_ID\b/.test(first)),
  },
]
const LINES = 500
/** Share of the lines that a format's adapter must read. */
const MOST = 0.95

/** Whether a format's adapter reads valid records from nearly all lines. */
function reads(format: FormatName, lines: readonly string[], scene: Scene): boolean {
  const reader = ADAPTERS[format].open('events', scene, NO_FACTS)
  let rows = 0
  let sound = 0
  let records = 0
  for (const line of lines.slice(0, LINES)) {
    const read = reader.read(line)
    if (read === null) continue
    rows++
    if (isFlaw(read)) continue
    let isSound = true
    for (const result of read) {
      if (isFlaw(result)) isSound = false
      if (!isRecord(result)) continue
      records++
      if (result instanceof RecordOfKind) continue
      const { success, data } = eventSchema.safeParse(result)
      if (!success || (data.type === 'outcome' && !Object.hasOwn(scene.outcomes, data.outcome)))
        isSound = false
    }
    if (isSound) sound++
  }
  return records > 0 && sound >= MOST * rows
}

/** Whether there is a rating or label column that the format would not read. */
const hasJudgement = (columns: readonly ColumnFacts[]): boolean =>
  columns.some(
    ({ name, numeric, distinct }) =>
      distinct > 1 &&
      !/^EVENT_(TYPE|VALUE)$/i.test(name) &&
      ((strengthOf(name, 'rating') > 0 && numeric === 1) || isLabelName(name)),
  )

/** The format without a mapping whose adapter reads the lines. Null if there is none. */
export function ownFormatOf(
  lines: readonly string[],
  columns: readonly ColumnFacts[],
  scene: Scene,
): FormatName | null {
  for (const { format, begins } of TRIED) {
    if (!begins(lines) || !reads(format, lines, scene)) continue
    if (format === 'personalize' && hasJudgement(columns)) continue
    return format
  }
  return null
}
