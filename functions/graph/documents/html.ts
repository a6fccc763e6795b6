import { Parser } from 'htmlparser2'
import { InvalidInput } from '../../core/errors.ts'
import type { BlockBuilder } from './block-builder.ts'

/** The parser's time grows with the square of the depth. Unclosed elements of real pages stay far below. */
const MAX_DEPTH = 10_000

/** Gives HTML to a builder, in as many parts as there are. */
export interface HtmlReader {
  /** `offset`: of the first character in the source. */
  read(html: string, offset: number): void
  end(): void
}

/**
 * Reads HTML as a browser's tokenizer does, without a tree: memory is that of open elements. Entities are decoded,
 * comments left out. Missing end tags are implied.
 * Throws InvalidInput for elements that are nested too deeply.
 */
export function htmlReader(builder: BlockBuilder): HtmlReader {
  const closers: (() => void)[] = []
  /** Source offset of the parser's first character. */
  let shift = 0
  let fed = 0
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (closers.length >= MAX_DEPTH)
          throw new InvalidInput(
            `Got HTML with more than ${MAX_DEPTH} elements inside each other, expected fewer. The document is left out.`,
          )
        closers.push(builder.open(name, attributes))
      },
      onclosetag: () => closers.pop()?.(),
      ontext: (text) => builder.text(text, shift + parser.startIndex, shift + parser.endIndex + 1),
      oncomment: () => builder.drop('comment'),
    },
    { decodeEntities: true },
  )
  return {
    read(html, offset) {
      shift = offset - fed
      fed += html.length
      parser.write(html)
    },
    end: () => parser.end(),
  }
}
