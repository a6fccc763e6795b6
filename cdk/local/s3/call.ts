import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authorize } from '../authorize.ts'
import type { Caller } from '../ports.ts'
import type { StoredObject } from './bucket.ts'
import { S3Error } from './errors.ts'
import type { Uploads } from './multipart.ts'
import type { ObjectStoreOnDisk } from './store.ts'

/** What the operations work on. */
export interface S3State {
  store: ObjectStoreOnDisk
  uploads: Uploads
  authorize: Authorize
}

export interface S3Call {
  request: IncomingMessage
  response: ServerResponse
  caller: Caller
  bucket: string
  key: string
  query: URLSearchParams
}
export const METADATA = 'x-amz-meta-'

export const objectArn = ({ bucket, key }: S3Call): string => `arn:aws:s3:::${bucket}/${key}`
export const bucketArn = ({ bucket }: S3Call): string => `arn:aws:s3:::${bucket}`

/** Throws S3Error AccessDenied where the caller may not. */
export function demand(
  s3: S3State,
  call: S3Call,
  action: string,
  resource: string,
  context: Record<string, string> = {},
): void {
  const { allowed, reason } = s3.authorize(call.caller, action, resource, context)
  if (!allowed) throw new S3Error(403, 'AccessDenied', reason)
}

export const header = (call: S3Call, name: string): string | undefined => {
  const value = call.request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
export const aboutOf = (call: S3Call) => ({
  contentType: header(call, 'content-type') ?? 'binary/octet-stream',
  metadata: Object.fromEntries(
    Object.entries(call.request.headers)
      .filter(([name]) => name.startsWith(METADATA))
      .map(([name, value]) => [name.slice(METADATA.length), String(value)]),
  ),
})
/** Throws S3Error InvalidURI. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new S3Error(400, 'InvalidURI', `This is not percent-encoded UTF-8: ${part}`)
  }
}
export const sendXml = ({ response }: S3Call, body: string): void => {
  response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
export const versionHeader = ({ versionId }: StoredObject): Record<string, string> =>
  versionId ? { 'x-amz-version-id': versionId } : {}
export const checksumHeader = ({
  checksum,
}: Pick<StoredObject, 'checksum'>): Record<string, string> =>
  checksum ? { [checksum.header]: checksum.value } : {}

export async function readText(call: S3Call): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of call.request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n` → inclusive ends. Throws S3Error InvalidRange. */
export function rangeOf(
  text: string | undefined,
  bytes: number,
): { start: number; end: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const start = match[1] === '' ? Math.max(0, bytes - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? bytes - 1 : Math.min(bytes - 1, Number(match[2]))
  if (start >= bytes || start > end)
    throw new S3Error(
      416,
      'InvalidRange',
      `The requested range is not satisfiable: ${text} of ${bytes} bytes`,
    )
  return { start, end }
}
