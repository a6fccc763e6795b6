import type { VectorTable } from '../../contract/space.ts'
import { rowsById } from './neighbours.ts'

/** Rows of some entities: n × dimensions. */
export interface PlacedRows {
  ids: readonly string[]
  in: Float32Array
  /** Empty: these have none. */
  out: Float32Array
  degree: readonly number[]
}

/** Vectors of one side, trained ones first; placed ones are added. They vote for the other side's. */
export interface Voters {
  /** The row of each id, in the order of the rows. */
  rowOf: Map<string, number>
  in: Float32Array
  /** Empty: this side has none. */
  out: Float32Array
  /** By placed id. */
  degree: Map<string, number>
}

export const votersOf = ({ ids, in: inward, out }: VectorTable): Voters => ({
  rowOf: rowsById(ids),
  in: inward,
  out: out ?? new Float32Array(0),
  degree: new Map(),
})

function append(a: Float32Array, b: Float32Array): Float32Array {
  const longer = new Float32Array(a.length + b.length)
  longer.set(a)
  longer.set(b, a.length)
  return longer
}

export function addVoters(voters: Voters, placed: PlacedRows): void {
  for (const [n, id] of placed.ids.entries()) {
    voters.rowOf.set(id, voters.rowOf.size)
    voters.degree.set(id, placed.degree[n]!)
  }
  voters.in = append(voters.in, placed.in)
  voters.out = append(voters.out, placed.out)
}

/** The placed rows alone, in the order of their ids. */
export function placedTable({ rowOf, in: inward, out, degree }: Voters, d: number): VectorTable {
  const ids = [...degree.keys()].sort()
  const gather = (matrix: Float32Array): Float32Array => {
    const rows = new Float32Array(ids.length * d)
    for (const [n, id] of ids.entries()) {
      const from = rowOf.get(id)! * d
      rows.set(matrix.subarray(from, from + d), n * d)
    }
    return rows
  }
  return {
    ids,
    in: gather(inward),
    out: out.length > 0 || ids.length === 0 ? gather(out) : null,
    degree: Float64Array.from(ids, (id) => degree.get(id)!),
    content: null,
  }
}
