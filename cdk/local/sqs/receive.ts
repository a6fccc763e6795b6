import { systemAttributes } from './attributes.ts'
import { invalid } from './errors.ts'
import { MAX_ENTRIES } from './limits.ts'
import type { MessageAttributes } from './md5.ts'
import type { Message, Queue } from './queue.ts'

function chosenAttributes({ attributes }: Message, wanted: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    wanted.some(
      (each) =>
        each === 'All' ||
        each === name ||
        (each.endsWith('.*') && name.startsWith(each.slice(0, -2))),
    )
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)))
}

/** Answers at once however long the caller would wait: virtual time stands still while it waits. */
export function receiveMessages(queue: Queue, input: Record<string, unknown>) {
  const max = Number(input['MaxNumberOfMessages'] ?? 1)
  if (!(max >= 1 && max <= MAX_ENTRIES))
    throw invalid(`MaxNumberOfMessages is 1 to ${MAX_ENTRIES}, not ${max}`)
  const system = (input['MessageSystemAttributeNames'] ?? input['AttributeNames'] ?? []) as string[]
  const named = (input['MessageAttributeNames'] ?? []) as string[]
  const received = queue.receive(max, input['VisibilityTimeout'] as number | undefined)
  if (received.length === 0) return {}
  return {
    Messages: received.map((message) => {
      const attributes = systemAttributes(message, system)
      const chosen = chosenAttributes(message, named)
      return {
        MessageId: message.id,
        ReceiptHandle: message.receiptHandle,
        Body: message.body,
        MD5OfBody: message.md5OfBody,
        ...(Object.keys(attributes).length > 0 ? { Attributes: attributes } : {}),
        ...(Object.keys(chosen).length > 0
          ? { MessageAttributes: chosen, MD5OfMessageAttributes: message.md5OfAttributes }
          : {}),
      }
    }),
  }
}
