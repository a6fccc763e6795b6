/** A heading of a document, and where its text stands. */
export interface Heading {
  /** 1 is the highest. */
  level: number
  fromChar: number
  throughChar: number
}

const LINE = /^ {0,3}(?:(#{1,6})[ \t]+(\S.*)|(?:```|~~~).*)$/gm

/** A title without the blanks and `#` that may close it. */
function trimmed(title: string): string {
  let end = title.length
  while (end > 0 && ' \t\r'.includes(title[end - 1]!)) end--
  let marks = end
  while (marks > 0 && title[marks - 1] === '#') marks--
  // `C#` ends in a letter's mark: only marks after a blank close a heading.
  if (marks === 0 || ' \t'.includes(title[marks - 1]!)) end = marks
  return title.slice(0, end).trimEnd()
}

/** Headings of a Markdown text: lines that begin with `#`, outside of fenced code. For texts that come without any. */
export function findHeadings(text: string): Heading[] {
  let isCode = false
  return [...text.matchAll(LINE)].flatMap(({ 0: line, 1: marks, 2: title, index }) => {
    if (marks === undefined) {
      isCode = !isCode
      return []
    }
    const own = trimmed(title!)
    if (isCode || own === '') return []
    const fromChar = index + line.length - title!.length
    return [{ level: marks.length, fromChar, throughChar: fromChar + own.length }]
  })
}

/** Each heading with the one that it stands under, null for the highest. A level that is left out does not matter. */
export function* nestHeadings(
  headings: readonly Heading[],
): Generator<{ heading: Heading; parent: Heading | null; path: Heading[] }> {
  const path: Heading[] = []
  for (const heading of [...headings].sort((a, b) => a.fromChar - b.fromChar)) {
    while (path.length > 0 && path.at(-1)!.level >= heading.level) path.pop()
    const parent = path.at(-1) ?? null
    path.push(heading)
    yield { heading, parent, path: [...path] }
  }
}
