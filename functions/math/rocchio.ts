/**
 * Moves a query's vector towards texts that are taken as relevant: (1 − share) · query + share · centroid, both of
 * length 1 (Rocchio 1971, "Relevance feedback in information retrieval", without the part of texts that are not
 * relevant). The result has length 1. Without a query's vector it is the centroid; null without both.
 */
export function moveTowards(
  query: Float32Array | null,
  texts: readonly { vector: Float32Array; weight: number }[],
  share: number,
): Float32Array | null {
  const dimensions = query?.length ?? texts[0]?.vector.length ?? 0
  const centroid = new Float64Array(dimensions)
  for (const { vector, weight } of texts)
    for (let j = 0; j < dimensions; j++) centroid[j]! += weight * vector[j]!
  const length = (values: Float64Array): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  const toCentroid = length(centroid)
  if (!(toCentroid > 0)) return query
  const moved = centroid.map(
    (value, j) => (query ? (1 - share) * query[j]! : 0) + (share * value) / toCentroid,
  )
  const norm = length(moved)
  return norm > 0 ? Float32Array.from(moved, (value) => value / norm) : query
}
