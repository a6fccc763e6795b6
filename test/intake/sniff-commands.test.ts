import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { foreignBytes } from './fixtures/foreign-bytes.ts'
import { good, takeIn } from './take-in.ts'

const root = mkdtempSync(join(tmpdir(), 'sniff-'))
afterAll(() => rmSync(root, { recursive: true }))

const records = [1, 2, 3].map((n) => JSON.parse(good({ eventId: `e${n}` })))
const lines = records.map((each) => JSON.stringify(each)).join('\n')
const has = (tool: string): boolean => spawnSync('which', [tool]).status === 0
const python = lines.replaceAll('"', "'")

/** The command of the sentence that a drop is refused with. */
async function commandFor(name: string, body: Uint8Array | string): Promise<string> {
  const { manifest } = await takeIn(body, { key: `raw/feed/events/${name}` })
  const detail = manifest.refused!.detail
  return /, and drop that: (.+); nothing was read/.exec(detail)![1]!
}
const accepted = async (body: Uint8Array | string) => (await takeIn(body)).manifest.accepted

/** What is dropped, what its command makes, and the tools that it takes. */
const CASES: [name: string, made: string, body: Uint8Array | string, tools: string[]][] = [
  ['b.json.gz', 'b.jsonl', gzipSync(JSON.stringify({ Records: records })), ['jq', 'gunzip']],
  ['c.json', 'c.jsonl', JSON.stringify({ Records: records }), ['jq']],
  ['d.json', 'd.jsonl', JSON.stringify(records[0], null, 2), ['jq']],
  ['e.jsonl', 'e.new.jsonl', lines.replaceAll('\n', ''), ['jq']],
  ['f.txt', 'f.jsonl', python, ['python3']],
  ['g.txt', 'g.jsonl', `[${python.replaceAll('\n', ', ')}]`, ['python3']],
  ['h.jsonl', 'h.lines.jsonl', lines.replaceAll('\n', '\r'), ['tr']],
  ['i.jsonl', 'i.utf8.jsonl', Buffer.from(`\ufeff${lines}`, 'utf16le'), ['iconv']],
  ['j.jsonl.gz', 'j.jsonl', gzipSync(gzipSync(lines)), ['gunzip']],
  ['k.jsonl.bz2', 'k.jsonl.gz', foreignBytes('bzip2'), ['bzip2']],
  ['l.jsonl.xz', 'l.jsonl.gz', foreignBytes('xz'), ['xz']],
  ['m.jsonl.lz4', 'm.jsonl.gz', foreignBytes('lz4'), ['lz4']],
  ['n.zip', 'a.jsonl', foreignBytes('zip deflated'), ['unzip']],
  ['q.parquet.gz', 'q.parquet', gzipSync(foreignBytes('parquet')), ['gunzip']],
  ['o.tar', 'a.jsonl', foreignBytes('tar gnu'), ['tar']],
]

describe('Refusal commands', () => {
  test.each(CASES.filter(([, , , tools]) => tools.every(has)))(
    'The suggested command turns %s into a drop that is accepted',
    async (name, made, body) => {
      const folder = mkdtempSync(join(root, 'run-'))
      writeFileSync(join(folder, name), body)
      const command = await commandFor(name, body)
      const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })
      expect([status, stderr], command).toEqual([0, ''])
      expect(readdirSync(folder)).toContain(made)
      // The records of the fixtures have no more than the contract asks for.
      expect(await accepted(readFileSync(join(folder, made)))).toBe(name === 'd.json' ? 1 : 3)
    },
  )
})
