/**
 * What `open` answers, asked for once, at the first need; callers at the same time share it. An
 * opening that failed is not remembered: the next caller asks again.
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
