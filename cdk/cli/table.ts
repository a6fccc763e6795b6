/** A text table with an optional head. Columns fit their cells, and numbers are right-aligned. */
export function formatTable(
  head: readonly string[] | null,
  rows: readonly (readonly string[])[],
): string {
  const columns = (head ?? rows[0] ?? []).map((_, i) => rows.map((row) => row[i]!))
  const widths = columns.map((cells, i) =>
    Math.max(head?.[i]?.length ?? 0, ...cells.map((cell) => cell.length)),
  )
  const isNumber = columns.map((cells) => cells.every((cell) => /^[-–\d.,]*$/.test(cell)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  const heading = head ? [line(head), line(widths.map((width) => '─'.repeat(width)))] : []
  return [...heading, ...rows.map(line)].join('\n')
}

export const formatCount = (count: number): string => count.toLocaleString('en-GB')

/** A score with four digits, or a dash if it is undefined. */
export const formatScore = (score: number | null | undefined): string =>
  score === null || score === undefined ? '–' : score.toFixed(4)
