import type { Part, Parts } from '../../contract/part.ts'
import type { VersionRow } from '../../contract/registry.ts'

interface PublishRequest {
  /** The version that is released or served again. */
  version: VersionRow
  /** This part in the last release; null where that has none. */
  last: Part | null
  /** The parts of this release that were published before this one, in the order of the list. */
  published: Parts
  timeMs: number
}

/** One part of a release. `Stores`: where it is read from and written to. */
export interface ReleasePart<Stores> {
  name: string
  /**
   * Writes the content of this part. The same request writes the same content and returns the same
   * part. The content under a key never changes, so the key names its version or generation.
   * Null where there is nothing to publish yet: the release is without this part.
   */
  publish(stores: Stores, request: PublishRequest): Promise<Part | null>
  /** Throws CorruptArtifact where the stored content is not what was judged, ObjectMissing where there is none. */
  verify(stores: Stores, part: Part): Promise<void>
  /** The keys in the models bucket that a release with this part needs. Others may be collected. */
  objects(part: Part): readonly string[]
}

/** Publishes and verifies parts one after another; returns them by name, as a release stores them. */
export async function publishParts<Stores>(
  parts: readonly ReleasePart<Stores>[],
  stores: Stores,
  request: Omit<PublishRequest, 'last' | 'published'>,
  last: Parts,
): Promise<Parts> {
  const published: Parts = {}
  for (const part of parts) {
    const before = { last: last[part.name] ?? null, published: { ...published } }
    const made = await part.publish(stores, { ...request, ...before })
    if (!made) continue
    await part.verify(stores, made)
    published[part.name] = made
  }
  return published
}

/** The keys of all objects that a release needs for these parts. */
export const objectsOf = (
  parts: readonly Pick<ReleasePart<never>, 'name' | 'objects'>[],
  release: { parts: Parts },
): string[] =>
  parts.flatMap(({ name, objects }) => {
    const part = release.parts[name]
    return part ? objects(part) : []
  })
