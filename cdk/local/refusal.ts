import type { IncomingMessage, ServerResponse } from 'node:http'

const JSON_TYPE = 'application/x-amz-json-1.1'
export interface Refusal {
  status: number
  code: string
  message: string
  /** Of the service that was asked, where the request says which. */
  signingName?: string
}

const plain = (message: string): string => message.replace(/[<&]/g, '')

/**
 * The body of a refusal in the protocol that the request is written in: AWS JSON by its target,
 * Query by its form, S3's XML by the service, else REST JSON ("Protocols", Smithy).
 */
function bodyOf(
  { headers }: IncomingMessage,
  { code, message, signingName }: Refusal,
): { type: string; text: string } {
  if (headers['x-amz-target'] !== undefined)
    return { type: JSON_TYPE, text: JSON.stringify({ __type: code, message }) }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return {
      type: 'text/xml',
      text: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${plain(message)}</Message></Error></ErrorResponse>`,
    }
  if (signingName !== undefined && signingName !== 's3')
    return { type: 'application/json', text: JSON.stringify({ message }) }
  return {
    type: 'application/xml',
    text: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${plain(message)}</Message></Error>`,
  }
}

/** Answers a request that no service takes, so that its client can say why. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  request.resume()
  const { type, text } = bodyOf(request, refusal)
  response
    .writeHead(refusal.status, { 'content-type': type, 'x-amzn-errortype': refusal.code })
    .end(text)
}
