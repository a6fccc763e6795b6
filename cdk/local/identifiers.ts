import { createHash } from 'node:crypto'

/** A UUID-shaped name (version 8, RFC 9562 section 5.8) of a text: the same text, the same name. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The resource's own name in an ARN: what stands after the last colon or slash. */
export const nameInArn = (arn: string): string => arn.split(/[:/]/).at(-1)!
