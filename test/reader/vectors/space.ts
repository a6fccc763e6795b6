import { vectorPk } from '../../../functions/contract/embedding-rows.ts'
import { decodeSpace, encodeSpace } from '../../../functions/core/space.ts'
import { itemVectors, type Spaces, scoreItem } from '../../../functions/features/spaces.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import type { Row } from './rows.ts'

/** A small space for the vectors: its items, and the rows of its users. */

const GENERATION = '0123abcd-1767882336789'
const DIMENSIONS = 8
const SPACE_FILE = 'space.items.qms'

const uniform = seededUniform(31)
const draw = (length: number): Float32Array =>
  Float32Array.from({ length }, () => 1.6 * uniform() - 0.8)
const IDS = ['größe', 'i0', 'i1', 'i2', 'i3', 'i4', 'i7', '📱']
const USERS = new Map<string, { vector: Float32Array; isPlaced: boolean }>()

const bytes = encodeSpace(
  {
    ...{ kind: 'items', scene: 'feed', generation: GENERATION, dimensions: DIMENSIONS },
    ...{ contentDimensions: 0, popularityWeight: 0.25, dataFromMs: 0, dataThroughMs: 1000 },
    ...{ alignedTo: null, hyperparameters: {}, codeDigest: 'c0de' },
    ...{ configurationDigest: 'c0nf', graphDigest: '9raph' },
  },
  {
    ids: IDS,
    in: draw(IDS.length * DIMENSIONS),
    out: draw(IDS.length * DIMENSIONS),
    degree: Float64Array.from(IDS, (_, n) => (n === 3 ? 0 : 40 * uniform())),
    content: null,
  },
)
const { header, table } = decodeSpace(bytes, SPACE_FILE)
const items = itemVectors(table, header)

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
export const spacesOf = (rows: ReadonlyMap<string, Row>): Spaces => ({
  scoreOf(user, item) {
    const [key] = userRow(user)
    const row = rows.get(key)
    return row && !row['isPlaced'] ? scoreItem(USERS.get(user)!.vector, items, item) : null
  },
})

/** An artifact's vector: what a reader needs to know of it. */
export const spaceVector = {
  ...{ vector: 'space', file: SPACE_FILE, generation: GENERATION, ids: IDS },
  bias: [...items.bias],
}
