import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Caller, Service, UsageSink } from './ports.ts'

export interface FrontOptions {
  services: readonly Service[]
  /** Whose access key it is; null for nobody's. */
  resolveCaller: (accessKeyId: string) => Caller | null
  /** False where the caller's process has just been killed: nothing of its request happens. */
  requestArrived?: (caller: Caller) => boolean
  usage: UsageSink
  port?: number
}
export interface Front {
  url: string
  close(): Promise<void>
}

/** `<key id>/<date>/<region>/<service>/aws4_request`, from the header or a presigned URL. */
function credentialOf(request: IncomingMessage): { accessKeyId: string; service: string } | null {
  const signed = /Credential=([^/,\s]+)\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/.exec(
    request.headers.authorization ?? '',
  )
  if (signed) return { accessKeyId: signed[1]!, service: signed[2]! }
  const presigned = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams
    .get('X-Amz-Credential')
    ?.split('/')
  return presigned?.length === 5 ? { accessKeyId: presigned[0]!, service: presigned[3]! } : null
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  request.resume()
  const isJson = request.headers['x-amz-target'] !== undefined
  const body = isJson
    ? JSON.stringify({ __type: code, message })
    : `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message.replace(/[<&]/g, '')}</Message></Error>`
  response
    .writeHead(status, {
      'content-type': isJson ? 'application/x-amz-json-1.1' : 'application/xml',
    })
    .end(body)
}

/**
 * The one endpoint of the local cloud, on 127.0.0.1. The service is the one in the request's
 * signature scope and the caller the owner of its access key; signatures themselves are not
 * verified, since nothing here is secret from the machine it runs on.
 */
export async function startFront({
  services,
  resolveCaller,
  requestArrived,
  usage,
  port = 0,
}: FrontOptions): Promise<Front> {
  const byName = new Map(services.map((service) => [service.signingName, service]))
  const sockets = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const credential = credentialOf(request)
    if (!credential)
      return refuse(
        request,
        response,
        403,
        'MissingAuthenticationToken',
        'The request has no signature to say whose it is and for which service',
      )
    const caller = resolveCaller(credential.accessKeyId)
    if (!caller)
      return refuse(
        request,
        response,
        403,
        'InvalidClientTokenId',
        `The access key ${credential.accessKeyId} belongs to nobody here`,
      )
    const service = byName.get(credential.service)
    if (!service)
      return refuse(
        request,
        response,
        501,
        'NotImplemented',
        `The local cloud has no service ${credential.service}; it has ${[...byName.keys()].join(', ')}`,
      )
    if (requestArrived?.(caller) === false) return void request.socket.destroy()
    const { socket } = request
    const before = { read: socket.bytesRead, written: socket.bytesWritten }
    response.on('close', () => {
      const read = Number(
        request.headers['content-length'] ?? Math.max(0, socket.bytesRead - before.read),
      )
      usage.request(
        caller.stage,
        credential.service,
        read,
        Math.max(0, socket.bytesWritten - before.written),
      )
    })
    service.handle(request, response, caller).catch((error: Error) => {
      process.stderr.write(`local ${credential.service}: ${error.stack}\n`)
      if (response.headersSent) response.destroy()
      else refuse(request, response, 500, 'InternalFailure', error.message)
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
