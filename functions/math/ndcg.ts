/**
 * Normalized discounted cumulative gain of an order of graded results (Järvelin & Kekäläinen 2002), with
 * the gain 2^grade − 1 and the discount log2(place + 1) (Burges et al. 2005). 1 is the best order of these
 * same results. Null where no grade is above 0: no order is better than another.
 */
export function ndcg(grades: readonly number[], places: number): number | null {
  const ideal = dcg(
    [...grades].sort((a, b) => b - a),
    places,
  )
  return ideal > 0 ? dcg(grades, places) / ideal : null
}

const dcg = (grades: readonly number[], places: number): number =>
  grades.slice(0, places).reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0)
