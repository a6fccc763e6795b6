import type { DocumentFormat } from '../../contract/documents.ts'
import { parseHintedName, parseRawKey } from '../../contract/keys.ts'

const EXTENSIONS: readonly [DocumentFormat, RegExp][] = [
  ['markdown', /\.(?:md|markdown|mdx)$/i],
  ['html', /\.(?:html?|xhtml)$/i],
  ['plain', /\.txt$/i],
  ['pdf', /\.pdf$/i],
]
const withoutCompression = (name: string): string => name.replace(/\.(?:gz|zst)$/i, '')

/** The format that a file's name promises, or null: a file of another extension holds records. */
export function documentFormatNamed(name: string): DocumentFormat | null {
  const bare = withoutCompression(name)
  return EXTENSIONS.find(([, pattern]) => pattern.test(bare))?.[0] ?? null
}

/**
 * The id of a document file: its path below `documents/`, without folders of hints and without the suffix of a
 * compression. So the same document has the same id, packed or not.
 */
export const documentIdOf = (rawKey: string): string =>
  withoutCompression(parseHintedName(parseRawKey(rawKey)?.name ?? rawKey).name)
