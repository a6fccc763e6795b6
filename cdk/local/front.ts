import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { hostsOf, LOOPBACK, urlOf } from './addresses.ts'
import type { Caller, Service, UsageSink } from './ports.ts'
import { type Refusal, refuse } from './refusal.ts'
import { parseTarget } from './request-line.ts'

/** Answers an unsigned GET of a browser. False if there is no such page. */
export type ShowPage = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean

export interface FrontOptions {
  /** The owner of an access key, or null. */
  resolveCaller: (accessKeyId: string) => Caller | null
  usage: UsageSink
  /** Where it listens; 127.0.0.1 by default. */
  address?: string | undefined
  port?: number | undefined
}
export interface Front {
  url: string
  /** Who answers signed requests; until then they are refused, as each service may need the URL first. */
  serve(
    services: readonly Service[],
    /** False where the caller's process has just been killed: nothing of its request happens. */
    requestArrived?: (caller: Caller) => boolean,
  ): void
  /** Who answers unsigned requests from now on. */
  show(page: ShowPage): void
  close(): Promise<void>
}

interface Admitted {
  caller: Caller
  service: Service
  url: URL
}
const UNSIGNED = 'MissingAuthenticationToken'

/** `<key id>/<date>/<region>/<service>/aws4_request`, from the header or a presigned URL. */
function credentialOf(
  { headers }: IncomingMessage,
  url: URL,
): { accessKeyId: string; service: string } | null {
  const signed = /Credential=([^/,\s]+)\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/.exec(
    headers.authorization ?? '',
  )
  if (signed) return { accessKeyId: signed[1]!, service: signed[2]! }
  const presigned = url.searchParams.get('X-Amz-Credential')?.split('/')
  return presigned?.length === 5 ? { accessKeyId: presigned[0]!, service: presigned[3]! } : null
}

/**
 * Whether another site made a browser send it: by its Origin, or by Sec-Fetch-Site, since images,
 * scripts and links send no Origin ("Fetch Metadata Request Headers", W3C).
 */
function isForeign({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  const isOwnOrigin = origin === undefined || origin === `http://${host}`
  return !isOwnOrigin || (site !== undefined && site !== 'same-origin' && site !== 'none')
}

interface FrontState {
  options: FrontOptions
  address: string
  hosts: ReadonlySet<string>
  /** By signing name. */
  services: ReadonlyMap<string, Service>
  requestArrived: (caller: Caller) => boolean
  page: ShowPage
}

function admit(front: FrontState, request: IncomingMessage, url: URL): Refusal | Admitted {
  const { address, hosts, services } = front
  const { origin, host = '' } = request.headers
  const isOurs = hosts.has(host.replace(/:\d+$/, '').toLowerCase())
  if (!isOurs || isForeign(request.headers)) {
    const asker = isOurs ? (origin ?? 'another site') : host
    const message = `The local cloud answers to ${address} and to its own page, not to ${asker}`
    return { status: 403, code: 'AccessDenied', message }
  }
  const credential = credentialOf(request, url)
  if (!credential) {
    const message =
      'The request has no signature: expected one that names the caller and the service'
    return { status: 403, code: UNSIGNED, message }
  }
  const signingName = credential.service
  const caller = front.options.resolveCaller(credential.accessKeyId)
  if (!caller) {
    const message = `The access key ${credential.accessKeyId} is unknown here`
    return { status: 403, code: 'InvalidClientTokenId', message, signingName }
  }
  const service = services.get(signingName)
  if (!service) {
    const known = [...services.keys()].join(', ')
    const message = `The local cloud has no service ${signingName}; it has ${known}`
    return { status: 501, code: 'NotImplemented', message, signingName }
  }
  return { caller, service, url }
}

function count(
  usage: UsageSink,
  { socket, headers }: IncomingMessage,
  response: ServerResponse,
  { caller, service }: Admitted,
): void {
  const before = { read: socket.bytesRead, written: socket.bytesWritten }
  response.on('close', () => {
    const read = Number(headers['content-length'] ?? Math.max(0, socket.bytesRead - before.read))
    const written = Math.max(0, socket.bytesWritten - before.written)
    usage.request(caller.stage, service.signingName, read, written)
  })
}

async function answer(
  front: FrontState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseTarget(request.url)
  if (!url) {
    const message = `The local cloud cannot read the request target ${request.url}`
    return refuse(request, response, { status: 400, code: 'BadRequest', message })
  }
  const admitted = admit(front, request, url)
  if ('code' in admitted) {
    if (admitted.code !== UNSIGNED || !front.page(request, response, url))
      refuse(request, response, admitted)
    return
  }
  const { caller, service } = admitted
  if (!front.requestArrived(caller)) return void request.socket.destroy()
  count(front.options.usage, request, response, admitted)
  await service.handle(request, response, caller, url)
}

/**
 * The endpoint of the local cloud. It refuses requests with a foreign Host, and requests that another
 * site made a browser send. The signature's scope names the service, and its access key the caller.
 * Signatures are not verified, since this machine has access to everything anyway. An error in a
 * service fails only its own request.
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { address = LOOPBACK, port = 0 } = options
  const front: FrontState = {
    options,
    address,
    hosts: hostsOf(address),
    services: new Map(),
    requestArrived: () => true,
    page: () => false,
  }
  const sockets = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(front, request, response).catch((error: Error) => {
      process.stderr.write(`local ${request.method} ${request.url}: ${error.stack}\n`)
      if (response.headersSent) return void response.destroy()
      const { message } = error
      refuse(request, response, { status: 500, code: 'InternalFailure', message })
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, address, resolve),
  )
  return {
    url: urlOf(address, (server.address() as AddressInfo).port),
    serve(services, requestArrived = front.requestArrived) {
      front.services = new Map(services.map((service) => [service.signingName, service]))
      front.requestArrived = requestArrived
    },
    show(page) {
      front.page = page
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
