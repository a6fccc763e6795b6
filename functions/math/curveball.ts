/** Rows of different columns: row r has the columns `columns[offsets[r]]` to `columns[offsets[r + 1]]`. */
export interface Incidence {
  /** rows + 1. */
  offsets: Uint32Array
  columns: Uint32Array
}

/** What the shuffle of one incidence needs beside it. */
export interface Trades {
  incidence: Incidence
  random: () => number
  order: Uint32Array
  /** By column: the trade that met it last. */
  seen: Float64Array
  trade: number
  /** The places and the columns of one trade. */
  places: Uint32Array
  pool: Uint32Array
}

export function createTrades(incidence: Incidence, columns: number, random: () => number): Trades {
  const { offsets } = incidence
  let longest = 0
  for (let row = 0; row + 1 < offsets.length; row++)
    longest = Math.max(longest, offsets[row + 1]! - offsets[row]!)
  return {
    ...{ incidence, random, trade: 0 },
    order: Uint32Array.from({ length: offsets.length - 1 }, (_, row) => row),
    seen: new Float64Array(columns),
    places: new Uint32Array(2 * longest),
    pool: new Uint32Array(2 * longest),
  }
}

function shuffle(values: Uint32Array, length: number, random: () => number): void {
  for (let at = length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const value = values[at]!
    values[at] = values[other]!
    values[other] = value
  }
}

/** Two rows pool the columns that only one of them has, and get as many back, drawn at random. */
function tradeRows(trades: Trades, a: number, b: number): void {
  const { incidence, seen, places, pool, random } = trades
  const { offsets, columns } = incidence
  const own = ++trades.trade
  const common = ++trades.trade
  for (let at = offsets[a]!; at < offsets[a + 1]!; at++) seen[columns[at]!] = own
  let length = 0
  for (let at = offsets[b]!; at < offsets[b + 1]!; at++) {
    const column = columns[at]!
    if (seen[column] === own) seen[column] = common
    else places[length++] = at
  }
  for (let at = offsets[a]!; at < offsets[a + 1]!; at++)
    if (seen[columns[at]!] === own) places[length++] = at
  for (let n = 0; n < length; n++) pool[n] = columns[places[n]!]!
  shuffle(pool, length, random)
  for (let n = 0; n < length; n++) columns[places[n]!] = pool[n]!
}

/**
 * Shuffles an incidence in place: every row trades with another one. All rows keep their lengths, all columns their
 * numbers of rows, and no row has a column twice. Repeated, it draws each such incidence with equal
 * chance (global curveball: Strona et al. 2014; Carstens, Berger and Strona 2018). O(length).
 */
export function tradeAll(trades: Trades): void {
  const { order, random } = trades
  shuffle(order, order.length, random)
  for (let at = 0; at + 1 < order.length; at += 2) tradeRows(trades, order[at]!, order[at + 1]!)
}
