import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Caller, Service, UsageSink } from './ports.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Answers what no client of AWS sent: an unsigned GET, from a browser. False where it has no such page. */
export type ShowPage = (request: IncomingMessage, response: ServerResponse) => boolean

export interface FrontOptions {
  services: readonly Service[]
  /** Whose access key it is; null for nobody's. */
  resolveCaller: (accessKeyId: string) => Caller | null
  /** False where the caller's process has just been killed: nothing of its request happens. */
  requestArrived?: (caller: Caller) => boolean
  usage: UsageSink
  port?: number
  /** Whether containers of this machine reach it too: it listens on every address then. */
  admitsContainers?: boolean
}
export interface Front {
  url: string
  /** Who answers unsigned requests from now on. */
  show(page: ShowPage): void
  close(): Promise<void>
}

const EVERYWHERE = '0.0.0.0'
const UNSIGNED = 'MissingAuthenticationToken'
/** Any other name was made to lead here by somebody else: what a browser was told is no business of theirs. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/
/** What a container calls the machine that it runs on ("Networking", Docker's documentation). */
const FROM_CONTAINERS = /^host\.docker\.internal(:\d+)?$/

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

/**
 * The one endpoint of the local cloud, on 127.0.0.1 unless containers are let in. The service is the one in the request's
 * signature scope and the caller the owner of its access key; signatures themselves are not
 * verified, since nothing here is secret from the machine it runs on.
 */
export async function startFront({
  services,
  resolveCaller,
  requestArrived,
  usage,
  port = 0,
  admitsContainers = false,
}: FrontOptions): Promise<Front> {
  const byName = new Map(services.map((service) => [service.signingName, service]))
  const sockets = new Set<Socket>()
  let page: ShowPage = () => false

  function admit(request: IncomingMessage): Refusal | { caller: Caller; service: Service } {
    const { origin, host = '' } = request.headers
    const isOurs = LOOPBACK.test(host) || (admitsContainers && FROM_CONTAINERS.test(host))
    if (!isOurs || (origin !== undefined && origin !== `http://${host}`))
      return {
        status: 403,
        code: 'AccessDenied',
        message: `The local cloud answers to 127.0.0.1 and to its own page, not to ${origin ?? host}`,
      }
    const credential = credentialOf(request)
    if (!credential)
      return {
        status: 403,
        code: UNSIGNED,
        message: 'The request has no signature to say whose it is and for which service',
      }
    const signingName = credential.service
    const caller = resolveCaller(credential.accessKeyId)
    if (!caller)
      return {
        status: 403,
        code: 'InvalidClientTokenId',
        message: `The access key ${credential.accessKeyId} belongs to nobody here`,
        signingName,
      }
    const service = byName.get(signingName)
    if (!service)
      return {
        status: 501,
        code: 'NotImplemented',
        message: `The local cloud has no service ${signingName}; it has ${[...byName.keys()].join(', ')}`,
        signingName,
      }
    return { caller, service }
  }
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const admitted = admit(request)
    if ('code' in admitted) {
      if (admitted.code !== UNSIGNED || !page(request, response))
        refuse(request, response, admitted)
      return
    }
    const { caller, service } = admitted
    if (requestArrived?.(caller) === false) return void request.socket.destroy()
    const { socket } = request
    const before = { read: socket.bytesRead, written: socket.bytesWritten }
    response.on('close', () => {
      const read = Number(
        request.headers['content-length'] ?? Math.max(0, socket.bytesRead - before.read),
      )
      usage.request(
        caller.stage,
        service.signingName,
        read,
        Math.max(0, socket.bytesWritten - before.written),
      )
    })
    service.handle(request, response, caller).catch((error: Error) => {
      process.stderr.write(`local ${service.signingName}: ${error.stack}\n`)
      if (response.headersSent) response.destroy()
      else {
        const { signingName } = service
        const { message } = error
        refuse(request, response, { status: 500, code: 'InternalFailure', message, signingName })
      }
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, admitsContainers ? EVERYWHERE : '127.0.0.1', resolve),
  )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(given) {
      page = given
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
