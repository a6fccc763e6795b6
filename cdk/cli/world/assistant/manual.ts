import { DAY_MS } from '../../../../functions/contract/time.ts'
import { type Chunk, chunkDocument } from '../../../../functions/graph/chunks/chunk-document.ts'
import { cleanDocument } from '../../../../functions/graph/documents/clean-document.ts'
import { drawsFor } from '../draws.ts'
import type { Item } from '../item.ts'
import type { WorldOptions } from '../options.ts'
import {
  documentCount,
  extensionOf,
  FORMATS,
  ODD_DOCUMENTS,
  type Sheet,
  sheetOf,
  writeSheet,
} from './documents.ts'
import { GUIDES } from './subjects.ts'

/** A document as it is dropped. Null: it is taken out. */
interface DroppedDocument {
  path: string
  body: string | null
}
/** The documents of the made-up company, and the chunks that the product makes of them. */
interface Manual {
  /** What a day drops. Day 0 has the first documents. */
  droppedOn(day: number): readonly DroppedDocument[]
  /** All chunks at a time. Those of a day's documents are known from its first moment. */
  itemsAt(timeMs: number): readonly Item[]
}

/** Of as many new items each day, one is a new document. */
const ITEMS_A_NEW_DOCUMENT = 25
const EDITS_A_DAY = 2
/** A document is taken out on this day. */
const REMOVAL_DAY = 2

/** A chunk as an item. Its title and text are what the app's own ranking reads. */
function itemOf(options: WorldOptions, sheet: Sheet, chunk: Chunk, createdMs: number): Item {
  const { product, guide, isWrong } = sheet
  const tasks = GUIDES.find(({ name }) => name === guide)?.tasks ?? []
  const task = tasks.find(({ heading }) => chunk.headings.includes(heading))
  return {
    id: chunk.id,
    category: product ?? 0,
    attributes: { title: chunk.headings.join(' > '), description: chunk.text },
    text: chunk.text,
    quality: isWrong ? -3 : 0.4 * drawsFor(options.seed, 'chunk', chunk.id).normal(),
    createdMs,
    product:
      product === null || guide === null
        ? null
        : { type: guide, traits: task ? [task.heading] : [] },
  }
}

function chunksOf(options: WorldOptions, sheet: Sheet, createdMs: number): Item[] {
  const body = writeSheet(sheet)
  const clean = cleanDocument(body, FORMATS[extensionOf(sheet.path)])
  return chunkDocument(sheet.path, clean, options.chunks).map((chunk) =>
    itemOf(options, sheet, chunk, createdMs),
  )
}

/** The documents that a later day edits, by number, and the section. */
function editsOn(
  { seed }: WorldOptions,
  day: number,
  count: number,
): [n: number, section: number][] {
  const draws = drawsFor(seed, 'edits', day)
  return Array.from({ length: EDITS_A_DAY }, () => [
    ODD_DOCUMENTS + draws.below(count - ODD_DOCUMENTS),
    draws.below(4),
  ])
}

interface Day {
  dropped: DroppedDocument[]
  items: Item[]
}

/** Day by day. With `newItemsPerDay` 0 the documents stay as they are. */
function openManual(options: WorldOptions): Manual {
  const first = documentCount(options)
  const revisions = new Map<number, number[]>()
  const chunks = new Map<number, Item[]>()
  const gone = new Set<number>()
  const days: Day[] = []
  const write = (n: number, day: number): DroppedDocument => {
    const sheet = sheetOf(options, n, revisions.get(n))
    chunks.set(n, chunksOf(options, sheet, options.startMs + (day - 1) * DAY_MS))
    return { path: sheet.path, body: writeSheet(sheet) }
  }
  const change = (day: number): DroppedDocument[] => {
    const dropped = new Map<number, DroppedDocument>()
    for (const [n, section] of editsOn(options, day, first)) {
      if (gone.has(n)) continue
      const known = revisions.get(n) ?? [0, 0, 0, 0]
      revisions.set(n, known.with(section, day))
      dropped.set(n, write(n, day))
    }
    const added = Math.ceil(options.newItemsPerDay / ITEMS_A_NEW_DOCUMENT)
    for (let i = 0; i < added; i++) {
      const n = first + (day - 1) * added + i
      dropped.set(n, write(n, day))
    }
    if (day === REMOVAL_DAY) {
      const n = ODD_DOCUMENTS + drawsFor(options.seed, 'removed').below(first - ODD_DOCUMENTS)
      gone.add(n)
      chunks.delete(n)
      dropped.set(n, { path: sheetOf(options, n).path, body: null })
    }
    return [...dropped.values()]
  }
  for (let day = 0; day < options.days; day++) {
    const dropped =
      day === 0
        ? Array.from({ length: first }, (_, n) => write(n, 0))
        : options.newItemsPerDay > 0
          ? change(day)
          : []
    days.push({ dropped, items: [...chunks.values()].flat() })
  }
  const dayAt = (timeMs: number): number =>
    Math.min(days.length - 1, Math.max(0, Math.floor((timeMs - options.startMs) / DAY_MS)))
  return {
    droppedOn: (day) => days[day]?.dropped ?? [],
    itemsAt: (timeMs) => days[dayAt(timeMs)]!.items,
  }
}

const known = new WeakMap<WorldOptions, Manual>()
/** The manual of a world. It is made once for the same options. */
export function manualOf(options: WorldOptions): Manual {
  const manual = known.get(options) ?? openManual(options)
  known.set(options, manual)
  return manual
}
