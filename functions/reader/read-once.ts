/** A value that never changes: read once, and again only after a fault. The cache keeps the last `size` that were used. */
export function readOnce<Value>(
  cache: Map<string, Promise<Value>>,
  key: string,
  size: number,
  read: () => Promise<Value>,
): Promise<Value> {
  const value = cache.get(key) ?? read()
  cache.delete(key)
  cache.set(key, value)
  value.catch(() => cache.delete(key))
  if (cache.size > size) cache.delete(cache.keys().next().value!)
  return value
}
