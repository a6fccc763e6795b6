import { InvalidInput } from '../../core/errors.ts'

/**
 * Names on the search server: of indexes, of aliases, and of fields in a document. A physical index holds
 * one generation of one scene and has one alias that only writers use. One alias of the scene is for
 * readers.
 */

/** "Create index": lower case, no path marks or wildcards, at most 255 bytes. */
const INDEX_NAME = /^[a-z0-9][a-z0-9._-]{0,254}$/

/** `<scene>-<generation>`. Throws InvalidInput for a name that no index can have. */
export function physicalIndex(scene: string, generation: string): string {
  const name = `${scene}-${generation}`
  if (INDEX_NAME.test(writeAliasOf(name))) return name
  throw new InvalidInput(
    `Search index: "${name}" cannot name an index; expected lower-case letters, digits, dots, _ and -`,
  )
}

const writeAliasOf = (physical: string): string => `${physical}-write`

/** The alias that bulk requests go to. It is deleted with its index, so no write can make an index. */
export const writeAlias = (scene: string, generation: string): string =>
  writeAliasOf(physicalIndex(scene, generation))

/** The alias for readers: the generation that is served. */
export const readAlias = (scene: string): string => scene

/** All indexes of a scene. */
export const indexPattern = (scene: string): string => `${scene}-*`

const UNSAFE = /[^A-Za-z0-9_-]/gu

/**
 * An attribute's name as a part of a path: a dot would make objects of it, and a star would match other
 * fields. Such characters are written as in a URL, `%2E`.
 */
const pathPart = (attribute: string): string =>
  attribute
    .toWellFormed()
    .replace(UNSAFE, (character) =>
      [...Buffer.from(character)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    )

/** Paths of a document's fields. */
export const ID_PATH = 'id'
export const STORED_PATH = 'document'
export const textPath = (field: string): string => `fields.${field}`
export const filterName = pathPart
export const filterPath = (attribute: string): string => `filters.${pathPart(attribute)}`
export const numberPath = (attribute: string): string => `numbers.${pathPart(attribute)}`
