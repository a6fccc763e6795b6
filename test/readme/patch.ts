/** The lines of a hunk as they stand before it, or after it. */
const side = (hunk: string, without: '+' | '-'): string =>
  hunk
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(without))
    .map((line) => `${line.slice(1)}\n`)
    .join('')

/**
 * Makes the changes that a `diff` block shows: `+++ path` begins a file, `…` parts hunks. Answers
 * with the new texts by path. Throws where what a hunk changes does not stand there exactly once.
 */
export function patched(diff: string, read: (path: string) => string): Map<string, string> {
  const files = new Map<string, string>()
  for (const part of diff.split(/^\+\+\+ /m).slice(1)) {
    const path = part.slice(0, part.indexOf('\n'))
    let text = read(path)
    for (const hunk of part.slice(path.length).split(/^…$/m)) {
      const before = side(hunk, '+')
      const found = text.split(before).length - 1
      if (before === '' || found !== 1)
        throw new Error(`${path} has ${found} times what the README changes:\n${before}`)
      text = text.replace(before, () => side(hunk, '-'))
    }
    files.set(path, text)
  }
  return files
}
