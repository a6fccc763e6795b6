/**
 * Alias tables (Walker 1977; built as in Vose 1991): a draw from n weights in constant time. An entry is two
 * u32: a threshold and an alias. A draw takes an entry, uniform among n, and its own place if a second u32 is
 * below the threshold, else the alias.
 *
 * Fills entries `from` to `to` of a table from the weights at the same places. Weights are not negative. A
 * weight of zero is never drawn, except where all are zero: then each place draws itself.
 */
export function fillAliasTable(
  table: Uint32Array,
  weights: ArrayLike<number>,
  from = 0,
  to = weights.length,
): void {
  let total = 0
  for (let i = from; i < to; i++) total += weights[i]!
  const scale = total > 0 ? (to - from) / total : 0
  // Both stacks lie in one array: places below the mean grow from the left, the others from the right.
  const places = new Uint32Array(to - from)
  const shares = new Float64Array(to - from)
  let below = 0
  let above = to - from
  for (let i = 0; i < to - from; i++) {
    shares[i] = total > 0 ? weights[from + i]! * scale : 1
    if (shares[i]! < 1) places[below++] = i
    else places[--above] = i
  }
  while (below > 0 && above < to - from) {
    const small = places[--below]!
    const large = places[above]!
    setEntry(table, from + small, shares[small]!, from + large)
    shares[large] = shares[large]! + shares[small]! - 1
    if (shares[large]! < 1) {
      above++
      places[below++] = large
    }
  }
  // What rounding left over is as good as 1.
  while (below > 0) setEntry(table, from + places[--below]!, 1, from + places[below]!)
  for (; above < to - from; above++)
    setEntry(table, from + places[above]!, 1, from + places[above]!)
}

function setEntry(table: Uint32Array, at: number, share: number, alias: number): void {
  table[2 * at] = Math.min(0xffffffff, Math.floor(share * 4294967296))
  table[2 * at + 1] = alias
}
