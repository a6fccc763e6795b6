/** Concurrent calls: enough to hide latency, few enough to bound memory. */
const CONCURRENCY = 16

/**
 * Calls `read` for every name, several at a time. Returns the results in the order of the names.
 * The first error is thrown, and no call starts after it.
 */
export async function readEach<N, T>(
  names: readonly N[],
  read: (name: N) => Promise<T>,
  concurrency = CONCURRENCY,
): Promise<T[]> {
  const results = new Array<T>(names.length)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < names.length) {
      const i = next++
      try {
        results[i] = await read(names[i]!)
      } catch (error) {
        next = names.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, names.length) }, worker))
  return results
}
