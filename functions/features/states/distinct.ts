import { VALUE_SEPARATOR } from '../../contract/rows.ts'
import type { ByteReader } from '../../core/bytes.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import { murmur3 } from '../../math/hash.ts'
import {
  estimateDistinct,
  MAX_RANK,
  REGISTERS,
  rankOf,
  registerOf,
} from '../../math/hyperloglog.ts'
import { type StateKind, takenFrom } from './state.ts'

/** Up to this many different hashes are kept as they are. More of them become registers. */
const MAX_SPARSE = 128
/** Ascending hashes, or the greatest rank of each register. */
export type DistinctState = Uint32Array | Uint8Array

export const distinctOf = (state: DistinctState): number =>
  state instanceof Uint32Array ? state.length : estimateDistinct(state)

function addTo(registers: Uint8Array, hashes: Uint32Array): void {
  for (const hash of hashes) {
    const register = registerOf(hash)
    registers[register] = Math.max(registers[register]!, rankOf(hash))
  }
}

/** Ascending hashes that are in one of two lists. */
function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  const merged = new Uint32Array(a.length + b.length)
  let length = 0
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const left = a[i] ?? Infinity
    const right = b[j] ?? Infinity
    merged[length++] = Math.min(left, right)
    if (left <= right) i++
    if (right <= left) j++
  }
  return merged.subarray(0, length)
}

/** Whether a state is sparse depends only on the number of its hashes, so equal sets give equal states. */
function stateOf(hashes: Uint32Array): DistinctState {
  if (hashes.length <= MAX_SPARSE) return hashes
  const registers = new Uint8Array(REGISTERS)
  addTo(registers, hashes)
  return registers
}

/** Different values: exact up to 128 of them, then HyperLogLog with a standard error of 3.25 %. */
export const distinct: StateKind<DistinctState, { of?: string | undefined }> = {
  record(event, parameters) {
    const text = event.textOf(takenFrom(parameters))
    if (text === null) return null
    const hashes = new Set(text.split(VALUE_SEPARATOR).map((value) => murmur3(value)))
    return stateOf(Uint32Array.from(hashes).sort())
  },
  merge(a, b) {
    if (a instanceof Uint32Array && b instanceof Uint32Array) return stateOf(union(a, b))
    const registers = new Uint8Array(REGISTERS)
    for (const state of [a, b])
      if (state instanceof Uint32Array) addTo(registers, state)
      else
        for (let i = 0; i < REGISTERS; i++) if (state[i]! > registers[i]!) registers[i] = state[i]!
    return registers
  },
  /** The number of hashes and their distances, or 129 and five bits for each register. */
  write(writer, state) {
    if (state instanceof Uint32Array) {
      writer.unsigned(state.length)
      let before = 0
      for (const hash of state) {
        writer.unsigned(hash - before)
        before = hash
      }
      return
    }
    writer.unsigned(MAX_SPARSE + 1)
    const packed = new Uint8Array((REGISTERS * 5) / 8)
    state.forEach((rank, i) => {
      for (let bit = 0; bit < 5; bit++)
        if (rank & (1 << bit)) packed[(5 * i + bit) >> 3]! |= 1 << ((5 * i + bit) & 7)
    })
    writer.bytes(packed)
  },
  read(reader) {
    const length = reader.unsigned()
    if (length > MAX_SPARSE) return readRegisters(reader, length)
    let hash = 0
    return Uint32Array.from({ length }, () => {
      hash += reader.unsigned()
      return hash
    })
  },
}

function readRegisters(reader: ByteReader, length: number): Uint8Array {
  if (length !== MAX_SPARSE + 1)
    throw new CorruptArtifact(`got ${length} hashes of values, expected at most ${MAX_SPARSE + 1}`)
  const packed = reader.bytes((REGISTERS * 5) / 8)
  return Uint8Array.from({ length: REGISTERS }, (_, i) => {
    let rank = 0
    for (let bit = 0; bit < 5; bit++)
      rank |= ((packed[(5 * i + bit) >> 3]! >> ((5 * i + bit) & 7)) & 1) << bit
    if (rank > MAX_RANK)
      throw new CorruptArtifact(`got rank ${rank} in a register, expected at most ${MAX_RANK}`)
    return rank
  })
}
