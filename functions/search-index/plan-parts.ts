import { searchPartKey, searchPlanKey } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { type BuildPlan, buildPlanSchema } from '../contract/search-build.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { listStatedFiles } from './ledger.ts'

/** Bytes of clean files of one part: some 200,000 documents of 60 words. A larger file is a part of its own. */
const PART_BYTES = 64 * 2 ** 20

/** Clean files of one part, unless the scene says otherwise: two minutes of requests. */
export const PART_FILES = 16_000

/** Cuts files, in their order, into parts of at most so many files and bytes. */
export function cutParts(
  files: readonly { key: string; bytes: number }[],
  limits: { files: number; bytes: number },
): string[][] {
  const parts: string[][] = []
  let left = { files: 0, bytes: 0 }
  for (const { key, bytes } of files) {
    if (left.files < 1 || left.bytes < bytes) {
      parts.push([])
      left = { ...limits }
    }
    parts.at(-1)!.push(key)
    left = { files: left.files - 1, bytes: left.bytes - bytes }
  }
  return parts
}

interface PlanPorts {
  lake: Pick<ObjectStore, 'list'>
  models: ObjectStore
  scene: string
}

/** The plan of a generation that has begun. Null: it has none. */
const findPlan = ({ models, scene }: Pick<PlanPorts, 'models' | 'scene'>, generation: string) =>
  findJson(models, searchPlanKey(scene, generation), buildPlanSchema)

/**
 * Cuts the lake into the parts of a build. The generation has begun, so whatever arrives later is written to it, too.
 * The first plan stands. Null: the lake is one part, and no plan is needed.
 */
export async function planBuild(
  ports: PlanPorts,
  generation: string,
  search: SearchDefinition,
): Promise<BuildPlan | null> {
  const { lake, models, scene } = ports
  const standing = await findPlan(ports, generation)
  if (standing) return standing
  const files = await listStatedFiles(lake, scene, search.of)
  const parts = cutParts(files, { files: search.partFiles ?? PART_FILES, bytes: PART_BYTES })
  if (parts.length <= 1) return null
  const digests = []
  for (const part of parts) {
    const text = canonicalJson({ files: part })
    const digest = sha256Hex(text).slice(0, 32)
    await models.put(
      searchPartKey(scene, generation, digest, 'files.json'),
      text,
      'application/json',
    )
    digests.push(digest)
  }
  const key = searchPlanKey(scene, generation)
  await models.putIfAbsent(key, canonicalJson({ parts: digests }), 'application/json')
  return getJson(models, key, buildPlanSchema)
}
