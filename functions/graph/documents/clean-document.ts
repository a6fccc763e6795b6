import type { DocumentFormat } from '../../contract/documents.ts'
import { MAX_DOCUMENT_TEXT } from '../../contract/events.ts'
import { InvalidInput } from '../../core/errors.ts'
import { BlockBuilder } from './block-builder.ts'
import type { CleanDocument } from './document.ts'
import { htmlReader } from './html.ts'
import { isTooDense, readMarkdown } from './markdown.ts'
import { readPlain, readTextLayer } from './plain.ts'

/** Markup that is nested too deeply ends in Node's own stack. */
function refuseDepth(cause: unknown): never {
  if (!(cause instanceof RangeError)) throw cause
  throw new InvalidInput(
    'Got markup that is nested too deeply to read. The document is left out.',
    {
      cause,
    },
  )
}

function readText(text: string, format: DocumentFormat, builder: BlockBuilder): void {
  if (format === 'html') {
    const html = htmlReader(builder)
    html.read(text, 0)
    html.end()
  } else if (format === 'pdf') readTextLayer(text, builder)
  else if (format === 'plain') readPlain(text, builder)
  else if (!isTooDense(text)) readMarkdown(text, builder)
  else {
    builder.drop('markup too dense to read')
    readPlain(text, builder)
  }
}

/**
 * The blocks of a document with their headings, and the source range of each character. A PDF is its text layer. Scripts,
 * styles, navigation, hidden elements and unseen characters are left out and counted. Whatever the text says is content:
 * nothing in it is followed. Throws InvalidInput, with what was found and expected, for a document that is too long, or
 * whose markup is nested too deeply.
 */
export function cleanDocument(
  source: string,
  format: DocumentFormat,
  maxCharacters = MAX_DOCUMENT_TEXT,
): CleanDocument {
  if (source.length > maxCharacters)
    throw new InvalidInput(
      `Got a text of ${source.length} characters, expected at most ${maxCharacters}. The document is left out; split it.`,
    )
  const builder = new BlockBuilder()
  try {
    readText(source, format, builder)
  } catch (cause) {
    refuseDepth(cause)
  }
  builder.finish()
  return { format, title: builder.title, source, blocks: builder.blocks, dropped: builder.dropped }
}
