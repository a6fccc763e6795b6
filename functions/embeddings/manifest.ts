import { type SpaceManifest, spaceManifestSchema } from '../contract/embedding-manifest.ts'
import { spaceManifestKey } from '../contract/keys.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'

/** What a generation is. Throws ObjectMissing, and CorruptArtifact that names the key. */
export const loadManifest = (
  models: ObjectStore,
  scene: string,
  generation: string,
): Promise<SpaceManifest> =>
  getJson(models, spaceManifestKey(scene, generation), spaceManifestSchema)
