/**
 * Calls `open` once, at the first use, and shares its result. Concurrent callers share one call. A
 * failed call is forgotten: the next caller tries again.
 */
export function openOnce<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | null = null
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
}
