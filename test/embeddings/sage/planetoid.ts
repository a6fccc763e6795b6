import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createRowWriter, type SparseRows } from '../../../functions/embeddings/sage/sparse-rows.ts'

/** A citation graph with words of each paper and the standard split of Yang, Cohen & Salakhutdinov (2016). */
export interface CitationGraph {
  nodes: number
  classes: number
  /** nodes: −1 where a paper has no class. */
  labels: Int32Array
  split: { train: number[]; val: number[]; test: number[] }
  /** nodes × words: each row sums up to 1. */
  words: SparseRows
  /** nodes + 1; the neighbours of each node, ascending, without itself. */
  offsets: Uint32Array
  targets: Uint32Array
}

const linesOf = (folder: string, name: string): string[][] =>
  gunzipSync(readFileSync(join(folder, 'planetoid', `${name}.tsv.gz`)))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))

function readEdges(folder: string, name: string, nodes: number) {
  const neighbours = Array.from({ length: nodes }, () => new Set<number>())
  for (const [a, b] of linesOf(folder, `${name}.edges`)) {
    if (a === b) continue
    neighbours[Number(a)]!.add(Number(b))
    neighbours[Number(b)]!.add(Number(a))
  }
  const sorted = neighbours.map((own) => [...own].sort((a, b) => a - b))
  const offsets = new Uint32Array(nodes + 1)
  for (const [node, own] of sorted.entries()) offsets[node + 1] = offsets[node]! + own.length
  return { offsets, targets: Uint32Array.from(sorted.flat()) }
}

/** `cora` or `citeseer`, from the folder of public data. */
export function readCitations(folder: string, name: string): CitationGraph {
  const lines = linesOf(folder, `${name}.nodes`)
  const words = lines.map(([, , , list]) => (list ? list.split(' ').map(Number) : []))
  const rows = createRowWriter(1 + Math.max(...words.flat()))
  for (const own of words) {
    for (const word of own) rows.add(word, 1 / own.length)
    rows.endRow()
  }
  const labels = Int32Array.from(lines, ([, label]) => Number(label))
  const nodesOf = (part: string): number[] =>
    lines.flatMap(([, , split], node) => (split === part ? [node] : []))
  return {
    nodes: lines.length,
    classes: 1 + Math.max(...labels),
    labels,
    split: { train: nodesOf('train'), val: nodesOf('val'), test: nodesOf('test') },
    words: rows.finish(),
    ...readEdges(folder, name, lines.length),
  }
}
