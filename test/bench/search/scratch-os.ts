import { openNode } from '/work/wt-si/test/search-index/opensearch/node/start-node.ts'
import { readFileSync } from 'node:fs'
import { makeTexts, makeQueries } from '/work/wt-si/test/bench/search/texts.ts'
import { searchSchema } from '/work/wt-si/functions/contract/search.ts'
import { indexTemplate, INDEX_OPTIONS } from '/work/wt-si/functions/search-index/opensearch/index-template.ts'
if (process.argv[3]) process.env['_JAVA_OPTIONS'] = process.argv[3]
const node = await openNode()
if ('skipped' in node) throw new Error(node.skipped)
try {
const ask = async (method: string, path: string, body?: string) => { const r = await fetch(node.url + path, { method, headers: { 'content-type': 'application/json' }, ...(body !== undefined && { body }) }); const t = await r.json() as any; if (!r.ok) throw new Error(JSON.stringify(t).slice(0, 500)); return t }
const { nodes } = await ask('GET', '/_nodes/process')
const pid = (Object.values(nodes)[0] as any).process.id
const cpu = () => { const p = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(p[11]) + Number(p[12])) / 100 }
const N = Number(process.argv[2] ?? 20000)
const texts = makeTexts(N)
const def = searchSchema.parse({ of: 'documents', fields: { text: { from: 'text', analyzer: 'english' } } })
const bodies: string[] = []
for (let i = 0; i < N; i += 1000) bodies.push(texts.slice(i, i + 1000).map(({ id, text }) => `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify({ id, fields: { text }, filters: {}, numbers: {}, document: { text } })}\n`).join(''))
const minimal = (source: boolean) => { const t = indexTemplate(def, 's', 'g', { ...INDEX_OPTIONS, replicas: 0, refreshInterval: '-1' }) as any
  return { settings: t.settings, mappings: { _source: { enabled: source }, dynamic: false, properties: { fields: { dynamic: false, properties: t.mappings.properties.fields.properties } } } } }
const variants: [string, () => object][] = [
  ...Array.from({ length: 6 }, (_, i): [string, () => object] => [`all${i}`, () => { const t = indexTemplate(def, 's', 'g', { ...INDEX_OPTIONS, replicas: 0, refreshInterval: '-1' }) as any; delete t.aliases; return t }]),
  ['none', () => { const t = indexTemplate(def, 's', 'g', { ...INDEX_OPTIONS, replicas: 0, refreshInterval: '-1', source: 'none' }) as any; delete t.aliases; return t }],
  ['minimal', () => minimal(false)], ['minimalsource', () => minimal(true)],
]
for (const [name, make] of variants) {
  await ask('PUT', `/${name}`, JSON.stringify(make()))
  const a = cpu(), w = performance.now()
  let half = 0
  for (const b of bodies) { const r = await ask('POST', `/${name}/_bulk`, b); if (r.errors) throw new Error('errors'); if (++half === bodies.length >> 1) await ask('POST', `/${name}/_refresh`) }
  await ask('POST', `/${name}/_refresh`); await ask('POST', `/${name}/_flush`)
  const s = cpu() - a
  const size1 = (await ask('GET', `/${name}/_stats/store`))._all.primaries.store.size_in_bytes
  let size = 0
  if (!name.startsWith('all')) { await ask('POST', `/${name}/_forcemerge?max_num_segments=1&flush=true`); await ask('POST', `/${name}/_refresh`)
  size = (await ask('GET', `/${name}/_stats/store`))._all.primaries.store.size_in_bytes }
  console.log(name, (N / s).toFixed(0), 'docs/CPU s', s, ((performance.now() - w) / 1000).toFixed(1), 's wall', (size1 / N).toFixed(1), (size / N).toFixed(1), 'bytes/doc')
  if (name.startsWith('all')) await ask('DELETE', `/${name}`)
}
} finally { await node.stop() }
