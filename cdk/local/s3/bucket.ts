import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { uuidOf } from '../identifiers.ts'
import type { Received } from './body.ts'

export interface BucketDeclaration {
  name: string
  versioned: boolean
  /** Whether it tells EventBridge what happens to its objects. */
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
 * A key as a path that any file system takes: odd characters by percent, and the dot that a segment
 * begins with, so that no key leads out of its bucket or into the bucket's own folders.
 */
const pathOf = (key: string): string =>
  key
    .split('/')
    .map(
      (segment) => encodeURIComponent(segment).replace(/^\./, '%2E').replace(/\*/g, '%2A') || '%',
    )
    .join('/')

/** The bucket's own folders, which no key leads into. */
const SCRATCH = '.scratch'
const VERSIONS = '.versions'
const NUMBERED = '.objects'

/**
 * Objects of one bucket: bodies as files under their keys, so that a person can look, and an index
 * of sorted keys in memory.
 */
export class Bucket {
  readonly declaration: BucketDeclaration
  readonly #root: string
  readonly #objects = new Map<string, StoredObject>()
  readonly #versions = new Map<string, StoredObject>()
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
    if (versionId !== undefined) return this.#versions.get(`${key}\n${versionId}`) ?? null
    return this.#objects.get(key) ?? null
  }

  put(
    key: string,
    received: Received,
    about: Pick<StoredObject, 'contentType' | 'metadata' | 'modifiedMs'> & { etag?: string },
  ): StoredObject {
    const before = this.#objects.get(key)
    const n = ++this.#writes
    const { versioned } = this.declaration
    if (before && versioned) this.#setAside(before)
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
      path: this.#pathFor(key, n),
    }
    received.moveTo(object.path)
    this.#objects.set(key, object)
    if (object.versionId) this.#versions.set(`${key}\n${object.versionId}`, object)
    if (!before) this.#keys.splice(this.#lowerBound(key), 0, key)
    return object
  }

  /** A version that is no longer the newest makes room at its key's path and stays readable. */
  #setAside(object: StoredObject): void {
    const kept = join(this.#root, VERSIONS, object.versionId!)
    mkdirSync(join(this.#root, VERSIONS), { recursive: true })
    renameSync(object.path, kept)
    object.path = kept
  }

  /** A file and a folder cannot share a name as keys can; then the object gets a numbered file. */
  #pathFor(key: string, n: number): string {
    const path = join(this.#root, pathOf(key))
    const isTaken = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    let parent = this.#root
    for (const segment of pathOf(key).split('/').slice(0, -1)) {
      parent = join(parent, segment)
      if (statSync(parent, { throwIfNoEntry: false })?.isFile() === true)
        return join(this.#root, NUMBERED, String(n))
    }
    const isLong = path.length > 1000 || path.split('/').some((segment) => segment.length > 200)
    return isTaken || isLong ? join(this.#root, NUMBERED, String(n)) : path
  }

  delete(key: string): StoredObject | null {
    const object = this.#objects.get(key)
    if (!object) return null
    this.#objects.delete(key)
    this.#keys.splice(this.#lowerBound(key), 1)
    if (this.declaration.versioned) this.#setAside(object)
    else rmSync(object.path, { force: true })
    return object
  }

  /** Keys that begin with `prefix` and come after `after`, ascending. */
  *keysFrom(prefix: string, after: string): Generator<string> {
    const start = after > prefix ? after : prefix
    for (let i = this.#lowerBound(start); i < this.#keys.length; i++) {
      const key = this.#keys[i]!
      if (!key.startsWith(prefix)) {
        if (key > prefix) return
        continue
      }
      if (key > after) yield key
    }
  }

  #lowerBound(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
