import { spaceKey, spaceUsersKey } from '../contract/keys.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace, type Space } from '../core/space.ts'
import type { SpaceTables } from './align/space-tables.ts'
import { loadManifest } from './manifest.ts'
import type { PlacementModels } from './placement/learn-placement.ts'
import { unpackPlacement } from './placement/pack-models.ts'

/** A generation as it was trained: its tables, and what places others in it. */
export interface LoadedSpace {
  generation: string
  tables: SpaceTables
  items: Space
}

/** Reads a generation. Throws ObjectMissing, and CorruptArtifact for another format version. */
export async function loadSpace(
  models: ObjectStore,
  scene: string,
  generation: string,
): Promise<LoadedSpace> {
  const read = async (key: string): Promise<Space> => decodeSpace(await models.get(key), key)
  const { files } = await loadManifest(models, scene, generation)
  const items = await read(spaceKey(scene, generation, 'items'))
  const users = await read(spaceUsersKey(scene, generation))
  const documents = files.documents && (await read(files.documents.key))
  return {
    generation,
    items,
    tables: {
      dimensions: items.header.dimensions,
      ...{ items: items.table, users: users.table, documents: documents?.table ?? null },
    },
  }
}

/** What places others in a space. Throws CorruptArtifact where a section is missing. */
export function placementOf({ header, extras }: Space): PlacementModels {
  const { placeIn, placeOut, placeUser } = extras
  if (!placeIn || !placeOut || !placeUser)
    throw new CorruptArtifact(
      `items of ${header.generation}: expected the sections placeIn, placeOut and placeUser`,
    )
  const { hyperparameters, dimensions, contentDimensions } = header
  const sections = { ...extras, placeIn, placeOut, placeUser }
  return unpackPlacement({ sections, hyperparameters }, dimensions, contentDimensions)
}

/** As `loadSpace`, or null where other code wrote the generation: nothing can be compared with it then. */
export async function findSpace(
  models: ObjectStore,
  scene: string,
  generation: string | null,
): Promise<LoadedSpace | null> {
  if (generation === null) return null
  try {
    return await loadSpace(models, scene, generation)
  } catch (error) {
    if (error instanceof CorruptArtifact) return null
    throw error
  }
}
