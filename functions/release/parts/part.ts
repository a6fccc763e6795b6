import type { Part, Parts } from '../../contract/part.ts'
import type { VersionRow } from '../../contract/registry.ts'

interface PublishRequest {
  /** The version that is released, or of which this part is needed again. */
  version: VersionRow
  /** This part in the last release; null where that has none. */
  last: Part | null
  timeMs: number
}

/** One part of a release. `Stores`: what it is kept in and made from. */
export interface ReleasePart<Stores> {
  name: string
  /**
   * Puts what this part needs; the same request again ends in the same content and the same answer.
   * A key never gets other content, so it names the version or the generation that it is of.
   */
  publish(stores: Stores, request: PublishRequest): Promise<Part>
  /** Throws CorruptArtifact where other content is stored than was judged, ObjectMissing where none is. */
  verify(stores: Stores, part: Part): Promise<void>
  /** Keys in the models bucket that a release with this part needs; all others may be collected. */
  objects(part: Part): readonly string[]
}

/** Publishes and verifies parts, one after another; answers the map that a release carries. */
export async function publishParts<Stores>(
  parts: readonly ReleasePart<Stores>[],
  stores: Stores,
  request: Omit<PublishRequest, 'last'>,
  last: Parts,
): Promise<Parts> {
  const published: Parts = {}
  for (const part of parts) {
    const made = await part.publish(stores, { ...request, last: last[part.name] ?? null })
    await part.verify(stores, made)
    published[part.name] = made
  }
  return published
}

/** Every object that a release needs, of the parts that are listed. */
export const objectsOf = (
  parts: readonly Pick<ReleasePart<never>, 'name' | 'objects'>[],
  release: { parts: Parts },
): string[] =>
  parts.flatMap(({ name, objects }) => {
    const part = release.parts[name]
    return part ? objects(part) : []
  })
