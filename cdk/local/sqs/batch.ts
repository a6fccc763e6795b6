import { SqsError } from './errors.ts'
import { MAX_ENTRIES, MAX_MESSAGE_BYTES } from './limits.ts'
import { bytesOf, type SendInput } from './send.ts'

export type BatchEntry = Record<string, unknown> & SendInput & { Id: string }

/** Each entry on its own: one that fails stands in `Failed` with its code, the others go through. */
export function runBatch(
  entries: readonly BatchEntry[],
  each: (entry: BatchEntry) => Record<string, unknown>,
) {
  const code = (name: string): string => `AWS.SimpleQueueService.${name}`
  const refuse = (name: string, message: string): never => {
    throw new SqsError(name, message, code(name))
  }
  if (entries.length === 0) refuse('EmptyBatchRequest', 'there are no entries in the request')
  if (entries.length > MAX_ENTRIES)
    refuse('TooManyEntriesInBatchRequest', `${entries.length} entries: at most ${MAX_ENTRIES}`)
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    refuse('BatchEntryIdsNotDistinct', 'an id stands twice in the request')
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MAX_MESSAGE_BYTES)
    refuse('BatchRequestTooLong', `the entries together exceed ${MAX_MESSAGE_BYTES} bytes`)
  const Successful: Record<string, unknown>[] = []
  const Failed: Record<string, unknown>[] = []
  for (const entry of entries)
    try {
      Successful.push({ Id: entry.Id, ...each(entry) })
    } catch (error) {
      if (!(error instanceof SqsError)) throw error
      const { queryCode, message } = error
      Failed.push({ Id: entry.Id, Code: queryCode, Message: message, SenderFault: true })
    }
  return { Successful, Failed }
}
