import { makeQueries, makeTexts } from './texts.ts'
import { createAnalyzer } from '../../../functions/search-index/analysis/analyzer.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import MiniSearch from 'minisearch'
import * as flex from 'flexsearch'
import en from 'flexsearch/lang/en'
const english = { tokenizer: 'words', filters: ['possessive', 'lowercase', 'stop', 'porter2'] } as const
const N = Number(process.argv[3] ?? 20000)
const texts = makeTexts(N)
console.log(texts[0], makeQueries(10))
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6 }
const engines: Record<string, () => unknown> = {
  ours() {
    const analyze = createAnalyzer(english as never)
    const r = encodeSegment({ generation: 'g', fields: ['text'], filters: [], numbers: [] }, texts.map(({ id, text }, row) => ({
      id, version: { knowableMs: 1, drop: 'd', row }, content: { fields: { text: analyze(text) }, filters: {}, numbers: {}, stored: JSON.stringify({ text }) } })))
    return [r.index.length / N, r.documents.length / N]
  },
  analysis() {
    const analyze = createAnalyzer(english as never)
    let n = 0
    for (const { text } of texts) n += analyze(text).length
    return n / N
  },
  mini() {
    const m = new MiniSearch<{ id: string; text: string }>({ fields: ['text'] })
    m.addAll(texts); return m.termCount
  },
  miniOurs() {
    const analyze = createAnalyzer(english as never)
    const m = new MiniSearch<{ id: string; text: string }>({ fields: ['text'], tokenize: (t) => analyze(t).map((x) => x.term), processTerm: (t) => t })
    m.addAll(texts); return m.termCount
  },
  miniOursJson() {
    const analyze = createAnalyzer(english as never)
    const m = new MiniSearch<{ id: string; text: string }>({ fields: ['text'], tokenize: (t) => analyze(t).map((x) => x.term), processTerm: (t) => t })
    m.addAll(texts); return JSON.stringify(m).length / N
  },
  flex() {
    const f = new flex.Index({}); for (const { id, text } of texts) f.add(id, text); return 0
  },
  flexEn() {
    const f = new flex.Index({ encoder: new flex.Encoder(flex.Charset.LatinBalance as never, en as never) as never }); for (const { id, text } of texts) f.add(id, text); return 0
  },
  flexEnDefault() {
    const f = new flex.Index({ encoder: new flex.Encoder(flex.Charset.Default as never, en as never) as never }); for (const { id, text } of texts) f.add(id, text); return 0
  },
  flexOurs() {
    const analyze = createAnalyzer(english as never)
    const f = new flex.Index({ encode: (t: string) => analyze(t).map((x) => x.term) } as never); for (const { id, text } of texts) f.add(id, text); return 0
  },
  flexOursContext() {
    const analyze = createAnalyzer(english as never)
    const f = new flex.Index({ context: true, encode: (t: string) => analyze(t).map((x) => x.term) } as never); for (const { id, text } of texts) f.add(id, text); return 0
  },
  flexOursExport() {
    const analyze = createAnalyzer(english as never)
    const f = new flex.Index({ encode: (t: string) => analyze(t).map((x) => x.term) } as never); for (const { id, text } of texts) f.add(id, text);
    let n = 0; f.export((k: string, d: string) => { n += d?.length ?? 0 }); return n / N
  },
}
const name = process.argv[2]!
for (let i = 0; i < 4; i++) { const a = cpu(); const out = engines[name]!(); const s = cpu() - a; console.log(name, (N / s).toFixed(0), 'docs/CPU s', s.toFixed(2), out) }
