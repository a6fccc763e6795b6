/** Calls in flight at once: enough to hide latency, few enough to bound memory. */
const CONCURRENCY = 16

/**
 * `read` of every name, some at a time, answers in the order of the names. The first fault is thrown,
 * and nothing more is begun after it.
 */
export async function readEach<N, T>(
  names: readonly N[],
  read: (name: N) => Promise<T>,
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
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, names.length) }, worker))
  return results
}
