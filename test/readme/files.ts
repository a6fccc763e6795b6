import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeFreshResult } from '../make/fresh-result.ts'
import { readmeBlock } from './blocks.ts'
import { ROOT } from './documents.ts'
import { patched } from './patch.ts'

/** The scene that the walk-through makes of the feed's, as text. */
export function ownScene(): string {
  const diff = readmeBlock('A scene', '"scene": "search"')
  const feed = readFileSync(join(ROOT, 'cdk', 'scenes', 'feed.json'), 'utf8')
  return patched(diff, () => feed).get('search.json')!
}

const EVENT =
  '{"type":"impression","eventId":"e1","timeMs":1767606000000,"userId":"u1","itemId":"i1"}\n'
/** A shop's log whose fields the README infers a mapping of. */
const SHOP = [
  { ts: 1767571200, visitor: { id: 'v1', country: 'de' }, sku: 'p1', action: 'view', price: 9.5 },
  { ts: 1767571205, visitor: { id: 'v1', country: 'de' }, sku: 'p2', action: 'view', price: 12 },
  { ts: 1767571230, visitor: { id: 'v1', country: 'de' }, sku: 'p2', action: 'buy', price: 12 },
  { ts: 1767571290, visitor: { id: 'v2', country: 'fr' }, sku: 'p1', action: 'wish', price: 9.5 },
]
const OUTPUTS = {
  QuartermasterStore: { LakeBucketOutput: 'a', ModelsBucketOutput: 'b', RegistryTableOutput: 'c' },
}

/** A folder with every file that the READMEs' commands name, where they can be run. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'))
  const packed = gzipSync(EVENT.repeat(2000))
  const files: Record<string, string | Uint8Array> = {
    'events.jsonl': EVENT,
    'apache_combined.log.gz': gzipSync('no line of its format\n'),
    'shop.jsonl': SHOP.map((row) => JSON.stringify(row)).join('\n'),
    'shop.jsonl.gz': packed.subarray(0, packed.length >> 1),
    'search.json': ownScene(),
    'prod.json': readmeBlock('Settings', '"environment": "prod"'),
    'outputs.json': JSON.stringify(OUTPUTS),
    'out-fresh/fresh.json': JSON.stringify(makeFreshResult()),
  }
  for (const path of ['out-fresh', 'movielens', 'cdk/scenes'])
    mkdirSync(join(folder, path), { recursive: true })
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, name), body)
  copyFileSync(join(ROOT, 'cdk/scenes/feed.json'), join(folder, 'cdk/scenes/feed.json'))
  return folder
}

/** What stands for a placeholder of a command that is only read, not run. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '<file or folder>': 'events.jsonl',
  '<format>': 'jsonl',
  '<scene>': 'feed',
  '<file>': 'mapping.json',
  '<folder>': 'movielens',
  '<bucket>': 'a-bucket',
  '<table>': 'a-table',
  '<arn>': 'an-arn',
}
/** Words without placeholders; `given` goes before those above. Throws for a placeholder that nobody knows. */
export const filled = (words: readonly string[], given: Readonly<Record<string, string>> = {}) =>
  words.map((word) =>
    word.replace(/<[^>]*>/g, (placeholder) => {
      const value = given[placeholder] ?? PLACEHOLDERS[placeholder]
      if (value === undefined) throw new Error(`nobody knows what ${placeholder} is to be`)
      return value
    }),
  )
