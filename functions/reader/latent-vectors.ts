import { latentRowSchema, latentSk } from '../contract/latent.ts'
import { searchPk } from '../contract/search-index.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import type { Found } from '../graph/retrieval/ports.ts'
import { rowMatrix } from '../math/dot-rows.ts'
import { countTerms, latentProjector } from '../math/latent-space.ts'
import { moveTowards } from '../math/rocchio.ts'
import { decodeLatent } from '../search-index/latent/latent-file.ts'
import { nearestIds } from './nearest-ids.ts'
import type { OpenIndex } from './open-index.ts'
import { readChecked } from './read-checked.ts'
import type { Timer } from './timer.ts'

/** Chunks near a text in the latent space of their words. */
export interface LatentVectors {
  /** With `relevant` chunks, the text's vector moves half the way to their centroid. */
  search(
    text: string,
    depth: number,
    accepts: (id: string) => boolean,
    relevant?: readonly Found[],
  ): Found[]
}

/** What the chunks count that are taken as relevant; the text counts the rest. */
const RELEVANT_SHARE = 0.5

export interface LatentOptions {
  scene: string
  models: Pick<ObjectStore, 'get'>
  online: Pick<TableStore, 'get'>
  /** The row that names the newest space is read again after this time. */
  latentMs: number
  timer: Timer
}

type Analyzers = OpenIndex['analyzers']

async function readLatent(
  models: LatentOptions['models'],
  file: { key: string; sha256: string },
  analyzers: Analyzers,
): Promise<LatentVectors> {
  const { latent } = decodeLatent(await readChecked(models, file), file.key)
  const { space, ids, vectors } = latent
  const project = latentProjector(space)
  const matrix = ids.length > 0 ? rowMatrix(vectors, space.dimensions) : null
  const rows = new Map(ids.map((id, row) => [id, row]))
  return {
    search(text, depth, accepts, relevant = []) {
      // A word is one term in fields of one analyzer, and may be another in a field of another one.
      const terms = new Set(
        Object.values(analyzers).flatMap((analyze) => analyze(text).map(({ term }) => term)),
      )
      const near = relevant.flatMap(({ id, score }) => {
        const row = rows.get(id)
        return matrix && row !== undefined ? [{ vector: matrix.row(row), weight: score }] : []
      })
      const vector = moveTowards(project(countTerms([...terms])), near, RELEVANT_SHARE)
      return vector && matrix ? nearestIds(matrix, ids, vector, depth, accepts) : []
    },
  }
}

/**
 * Answers the latent space of the index that is searched; null where there is none yet. It is made once a day, so newer
 * chunks are not in it. Memory: 4 bytes a dimension of each term and chunk, of the newest space alone. Throws
 * ObjectMissing and CorruptArtifact.
 */
export function openLatentVectors({ scene, models, online, latentMs, timer }: LatentOptions) {
  let known: { key: string; latent: Promise<LatentVectors> } | null = null
  let looking: { generation: string; found: Promise<LatentVectors | null> } | null = null
  async function look({ generation, analyzers }: OpenIndex): Promise<LatentVectors | null> {
    const row = await online.get(searchPk(scene), latentSk(generation))
    if (!row) return null
    const file = latentRowSchema.parse(row)
    if (known?.key !== file.key)
      known = { key: file.key, latent: readLatent(models, file, analyzers) }
    return known.latent
  }
  return (open: OpenIndex): Promise<LatentVectors | null> => {
    if (looking?.generation !== open.generation) {
      const mine = { generation: open.generation, found: look(open) }
      looking = mine
      const forget = (): void => {
        if (looking === mine) looking = null
      }
      timer(forget, latentMs)
      mine.found.catch(() => {
        known = null
        forget()
      })
    }
    return looking!.found
  }
}
