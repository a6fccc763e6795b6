import type { Part } from '../contract/part.ts'
import { decodeModel } from '../core/artifact.ts'
import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { openModel, type ServingModel } from './model.ts'
import type { PartReader } from './releases.ts'

type ModelName = Pick<Part, 'key' | 'sha256' | 'generation'>

/**
 * Opens ranking models. It caches the models in use and their bases by SHA-256: each release of an
 * hourly chain is a delta of the same base.
 */
export function createModelReader(options: {
  scene: string
  models: Pick<ObjectStore, 'get'>
}): PartReader<ServingModel> {
  const { scene, models } = options
  let cached = new Map<string | null, ServingModel>()

  async function readModel(name: ModelName, base: ServingModel | null): Promise<ServingModel> {
    const found = cached.get(name.sha256)
    if (found) return found
    const bytes = await models.get(name.key)
    const sha256 = sha256Hex(bytes)
    if (sha256 !== name.sha256)
      throw new CorruptArtifact(
        `${name.key}: got SHA-256 ${sha256}, expected ${name.sha256} as released`,
      )
    const model = openModel(decodeModel(bytes, name.key), base)
    const { header } = model
    if (header.version !== name.generation || header.scene !== scene)
      throw new CorruptArtifact(
        `${name.key}: got ${header.version} of ${header.scene}, expected ${name.generation} of ${scene}`,
      )
    cached.set(sha256, model)
    return model
  }

  return {
    async open(part) {
      const base = part.base && (await readModel(part.base, null))
      return readModel(part, base)
    },
    keep(parts) {
      const inUse = new Set(parts.flatMap(({ sha256, base }) => [sha256, base?.sha256]))
      cached = new Map([...cached].filter(([sha256]) => inUse.has(sha256)))
    },
  }
}
