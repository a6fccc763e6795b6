import { createHash } from 'node:crypto'

/** As the JSON protocol carries it: a string or number, or bytes in base64. */
interface MessageAttribute {
  DataType: string
  StringValue?: string
  BinaryValue?: string
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

export const md5OfText = (text: string): string => createHash('md5').update(text).digest('hex')

/**
 * MD5 over the attributes in the order of their names: length and bytes of name and type, one byte
 * for the transport type, length and bytes of the value; lengths are 32-bit big-endian. (Amazon SQS
 * Developer Guide, "Calculating the MD5 message digest for message attributes".)
 */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const hash = createHash('md5')
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.byteLength)
    hash.update(length).update(bytes)
  }
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!
    add(Buffer.from(name))
    add(Buffer.from(DataType))
    const isBinary = DataType.startsWith('Binary')
    hash.update(Buffer.of(isBinary ? 2 : 1))
    add(isBinary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''))
  }
  return hash.digest('hex')
}
