import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { uuidOf } from '../identifiers.ts'
import type { Received } from './body.ts'
import { compareKeys } from './key-order.ts'

export interface BucketDeclaration {
  name: string
  versioned: boolean
  /** Whether it sends events of its objects to EventBridge. */
  eventBridge: boolean
}

export interface StoredObject {
  key: string
  bytes: number
  /** Without quotes. */
  etag: string
  modifiedMs: number
  versionId: string | null
  contentType: string
  metadata: Readonly<Record<string, string>>
  checksum: Received['checksum']
  path: string
}

/**
 * A key as names that any file system takes: odd characters by percent, and the dot that a segment
 * begins with, so that no key leads out of its bucket or into the bucket's own folders.
 */
const namesOf = (key: string): string[] =>
  key
    .split('/')
    .map(
      (segment) => encodeURIComponent(segment).replace(/^\./, '%2E').replace(/\*/g, '%2A') || '%',
    )

/** The bucket's own folders, which no key leads into. */
const SCRATCH = '.scratch'
const VERSIONS = '.versions'
const NUMBERED = '.objects'
/** Of a name and a path, in bytes; every file system has room for as many. */
const MAX_NAME_BYTES = 200
const MAX_PATH_BYTES = 1000

/**
 * Objects of one bucket: bodies as files under their keys, so that a person can look, and an index
 * of sorted keys in memory.
 */
export class Bucket {
  readonly declaration: BucketDeclaration
  readonly #root: string
  readonly #objects = new Map<string, StoredObject>()
  readonly #versions = new Map<string, StoredObject>()
  /** Paths of objects in lower case: a file system may take `a` and `A` for one name. */
  readonly #taken = new Set<string>()
  #keys: string[] = []
  #writes = 0

  constructor(declaration: BucketDeclaration, root: string) {
    this.declaration = declaration
    this.#root = join(root, declaration.name)
    mkdirSync(this.#root, { recursive: true })
  }

  get scratch(): string {
    return join(this.#root, SCRATCH)
  }
  find(key: string, versionId?: string): StoredObject | null {
    const found = versionId === undefined ? this.#objects.get(key) : this.#versions.get(versionId)
    return found?.key === key ? found : null
  }

  put(
    key: string,
    received: Received,
    about: Pick<StoredObject, 'contentType' | 'metadata' | 'modifiedMs'> & { etag?: string },
  ): StoredObject {
    const before = this.#objects.get(key)
    const n = ++this.#writes
    const { versioned } = this.declaration
    const path = before?.path ?? this.#pathFor(key, n)
    if (before && versioned) this.#moveAway(before)
    const object: StoredObject = {
      key,
      bytes: received.bytes,
      etag: about.etag ?? received.md5,
      modifiedMs: about.modifiedMs,
      versionId: versioned
        ? uuidOf(`${this.declaration.name}/${key}/${n}`).replaceAll('-', '')
        : null,
      contentType: about.contentType,
      metadata: about.metadata,
      checksum: received.checksum,
      path,
    }
    received.moveTo(object.path)
    this.#objects.set(key, object)
    if (object.versionId) this.#versions.set(object.versionId, object)
    if (!before) this.#keys.splice(this.#lowerBound(key), 0, key)
    return object
  }

  /** Moves an older version away from its key's path. It stays readable. */
  #moveAway(object: StoredObject): void {
    const kept = join(this.#root, VERSIONS, object.versionId!)
    mkdirSync(join(this.#root, VERSIONS), { recursive: true })
    renameSync(object.path, kept)
    object.path = kept
  }

  /** Where a key's name is too long, or that of a folder or another key, its file has a number. */
  #pathFor(key: string, n: number): string {
    const names = namesOf(key)
    const path = join(this.#root, ...names)
    const isTooLong =
      path.length > MAX_PATH_BYTES || names.some((name) => name.length > MAX_NAME_BYTES)
    if (isTooLong || this.#taken.has(path.toLowerCase()) || this.#isBlocked(names))
      return join(this.#root, NUMBERED, String(n))
    this.#taken.add(path.toLowerCase())
    return path
  }

  /** Whether a folder stands at the path, or a file above it. */
  #isBlocked(names: readonly string[]): boolean {
    let path = this.#root
    return names.some((name, i) => {
      path = join(path, name)
      const found = statSync(path, { throwIfNoEntry: false })
      return i === names.length - 1 ? found?.isDirectory() : found?.isFile()
    })
  }

  delete(key: string): StoredObject | null {
    const object = this.#objects.get(key)
    if (!object) return null
    this.#objects.delete(key)
    this.#keys.splice(this.#lowerBound(key), 1)
    this.#taken.delete(object.path.toLowerCase())
    if (this.declaration.versioned) this.#moveAway(object)
    else rmSync(object.path, { force: true })
    return object
  }

  /** Keys that begin with `prefix` and come after `after`, ascending. */
  *keysFrom(prefix: string, after: string): Generator<string> {
    const start = compareKeys(after, prefix) > 0 ? after : prefix
    for (let i = this.#lowerBound(start); i < this.#keys.length; i++) {
      const key = this.#keys[i]!
      if (!key.startsWith(prefix)) return
      if (key !== after) yield key
    }
  }

  #lowerBound(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareKeys(this.#keys[middle]!, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
