import { vectorPk } from '../../../functions/contract/embedding-rows.ts'
import { decodeSpace, encodeSpace } from '../../../functions/core/space.ts'
import {
  createContentMatcher,
  itemVectors,
  type Spaces,
  scoreItem,
} from '../../../functions/features/spaces.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { textVector } from '../../../functions/math/text-vector.ts'
import type { Row } from './rows.ts'

/** A small space for the vectors: its items, and the rows of its users. */

const GENERATION = '0123abcd-1767882336789'
const DIMENSIONS = 8
/** No multiple of the blocks that a term changes. */
const CONTENT_DIMENSIONS = 36
const SPACE_FILE = 'space.items.qms'

const uniform = seededUniform(31)
const draw = (length: number): Float32Array =>
  Float32Array.from({ length }, () => 1.6 * uniform() - 0.8)
const IDS = ['größe', 'i0', 'i1', 'i2', 'i3', 'i4', 'i7', '📱']
const TEXTS = ['Größe 12', 'A film of the news', 'Sport: größere Filme', '', '東京都', 'news News']
const USERS = new Map<string, { vector: Float32Array; isPlaced: boolean }>()

/** Content of the first items. The others, and those without words, have rows of zeros. */
function contentOf(texts: readonly string[]): Float32Array {
  const rows = new Float32Array(IDS.length * CONTENT_DIMENSIONS)
  for (const [row, text] of texts.entries())
    rows.set(textVector(text, CONTENT_DIMENSIONS) ?? [], row * CONTENT_DIMENSIONS)
  return rows
}

const bytes = encodeSpace(
  {
    ...{ kind: 'items', scene: 'feed', generation: GENERATION, dimensions: DIMENSIONS },
    ...{
      contentDimensions: CONTENT_DIMENSIONS,
      popularityWeight: 0.25,
      dataFromMs: 0,
      dataThroughMs: 1000,
    },
    ...{ alignedTo: null, hyperparameters: {}, codeDigest: 'c0de' },
    ...{ configurationDigest: 'c0nf', graphDigest: '9raph' },
  },
  {
    ids: IDS,
    in: draw(IDS.length * DIMENSIONS),
    out: draw(IDS.length * DIMENSIONS),
    degree: Float64Array.from(IDS, (_, n) => (n === 3 ? 0 : 40 * uniform())),
    content: contentOf(TEXTS),
  },
)
const { header, table } = decodeSpace(bytes, SPACE_FILE)
const items = itemVectors(table, header, { scores: true, content: true })

export const spaceFiles = { [SPACE_FILE]: bytes }

/** The key, without the scene, and the row of a user. Every third user was placed later. */
export function userRow(user: string): [key: string, row: Row] {
  const found = USERS.get(user) ?? { vector: draw(DIMENSIONS), isPlaced: USERS.size % 3 === 2 }
  USERS.set(user, found)
  const { vector, isPlaced } = found
  const key = vectorPk('', GENERATION, 'user', user).slice(1)
  const inward = new Uint8Array(vector.buffer)
  return [key, { in: inward, degree: 3, closedThroughMs: 1000, ...(isPlaced && { isPlaced }) }]
}

/** Scores as a reader has them that read these rows. */
export function spacesOf(rows: ReadonlyMap<string, Row>): Spaces {
  const matchContent = createContentMatcher()
  return {
    scoreOf(user, item) {
      const [key] = userRow(user)
      const row = rows.get(key)
      return row && !row['isPlaced'] ? scoreItem(USERS.get(user)!.vector, items, item) : null
    },
    contentMatchOf: (text, item) => matchContent(text, items, item),
  }
}

/** An artifact's vector: what a reader needs to know of it. */
export const spaceVector = {
  ...{ vector: 'space', file: SPACE_FILE, generation: GENERATION, ids: IDS },
  bias: [...items.bias],
}
