import { MODEL_PART, OBJECT_KIND } from '../../contract/part.ts'
import { sha256Hex } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { loadDeltaBase } from '../../registry/ancestry.ts'
import type { Registry } from '../../registry/registry.ts'
import type { ReleasePart } from './part.ts'

export interface ModelStores {
  models: ObjectStore
  registry: Registry
}

/** The version's model, stored by its evaluation, and the base that it is a delta of. */
export const rankingModel: ReleasePart<ModelStores> = {
  name: MODEL_PART,
  async publish({ registry }, { version: row }) {
    const base = await loadDeltaBase(registry, row)
    return {
      key: row.modelKey!,
      sha256: row.modelSha256!,
      kind: OBJECT_KIND,
      generation: row.version,
      base: base && {
        key: base.modelKey!,
        sha256: base.modelSha256!,
        generation: base.version,
      },
      throughMs: row.dataThroughMs,
    }
  },
  async verify({ models }, part) {
    for (const { key, sha256 } of part.base ? [part.base, part] : [part]) {
      const found = sha256Hex(await models.get(key))
      if (found !== sha256)
        throw new CorruptArtifact(
          `${key}: got SHA-256 ${found}, expected ${sha256} as judged; nothing was released`,
        )
    }
  },
  objects: ({ key, base }) => (base ? [key, base.key] : [key]),
}
