/**
 * Which messages of a batch failed, by what the function answered (AWS Lambda Developer Guide,
 * "Implementing partial batch responses"): null, an empty answer or an empty list is success; an
 * id that is empty, null, misnamed or of no message in the batch fails the whole batch.
 */
export function failedMessages(answer: unknown, batchIds: readonly string[]): Set<string> {
  const everything = new Set(batchIds)
  if (answer === null || answer === undefined || answer === '') return new Set()
  if (typeof answer !== 'object' || Array.isArray(answer)) return everything
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures
  if (failures === null || failures === undefined) return new Set()
  if (!Array.isArray(failures)) return everything
  const failed = new Set<string>()
  for (const failure of failures as unknown[]) {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier
    if (typeof id !== 'string' || !everything.has(id)) return everything
    failed.add(id)
  }
  return failed
}
