import { formatTable } from '../table.ts'
import { type Line, sumUsd, usdOf } from './line.ts'

/** A quantity with three significant digits, or as a whole number. */
export const amount = (quantity: number): string =>
  quantity >= 100
    ? Math.round(quantity).toLocaleString('en-GB')
    : quantity.toLocaleString('en-GB', { maximumSignificantDigits: 3 })

/** The lines of a bill and their total. */
export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.service,
    line.what,
    amount(line.quantity),
    usdOf(line).toFixed(2),
  ])
  return formatTable(
    ['service', 'what', 'a month', 'USD'],
    [...rows, ['', 'total', '', sumUsd(lines).toFixed(2)]],
  )
}
