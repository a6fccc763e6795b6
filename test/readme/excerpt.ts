const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * What a text must be for the shown one to be an excerpt of it: the same lines, but that a line `…`
 * stands for any lines and a `…` within a line for any text.
 */
export function excerptOf(shown: string): RegExp {
  const lines = shown
    .trimEnd()
    .split('\n')
    .map((line) => (line === '…' ? '(?:.*\\n)*?' : `${literal(line).replaceAll('…', '.*')}\\n`))
  return new RegExp(`^${lines.join('')}`, 'm')
}

/** Text without what differs from run to run: figures, names of versions, widths of columns. */
export const shapeOf = (text: string): string =>
  text
    .trim()
    .replace(/\b(full|daily|hourly)-\d+-[0-9a-f]{8}\b/g, 'VERSION')
    .replace(/\d[\d.,]*/g, '#')
    .replace(/ {2,}/g, '  ')
    .replace(/─+/g, '─')
    // A score that has no value.
    .replace(/(?<= )–(?= )/g, '#')

/** The shapes of lines, without those that are empty or stand for others. */
export const shapesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && line !== '…')
    .map(shapeOf)
