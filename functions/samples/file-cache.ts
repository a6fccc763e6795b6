/** One for hourly and one for daily runs: each continues from its own previous run. */
const MAX_CALLS = 2

/** What was read of files that never change. */
export interface FileCache<T> {
  /** Of the named files. `read` gets the names that the cache lacks, and reads all of them. */
  open(
    names: readonly string[],
    read: (missing: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  ): Promise<ReadonlyMap<string, T>>
}

/**
 * Caches what was read of files between the calls of a warm process. Memory: the files of the last two
 * calls. If a call fails, nothing of it is kept. `added` and `removed` are told what the cache gets and
 * what it drops.
 */
export function createFileCache<T>(
  added: (one: T) => void = () => {},
  removed: (one: T) => void = () => {},
): FileCache<T> {
  let calls: ReadonlyMap<string, T>[] = []
  return {
    async open(names, read) {
      const held = new Map<string, T>()
      for (const name of names) {
        const one = calls.find((call) => call.has(name))?.get(name)
        if (one !== undefined) held.set(name, one)
      }
      const fresh = await read([...new Set(names)].filter((name) => !held.has(name)))
      for (const [name, one] of fresh) {
        held.set(name, one)
        added(one)
      }
      const kept = [held, ...calls].slice(0, MAX_CALLS)
      const gone = calls.slice(MAX_CALLS - 1)
      for (const call of gone)
        for (const [name, one] of call) if (!kept.some((other) => other.has(name))) removed(one)
      calls = kept
      return held
    },
  }
}
