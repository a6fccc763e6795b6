import { hostname, networkInterfaces } from 'node:os'

export const LOOPBACK = '127.0.0.1'
/** What Docker calls the machine that its containers run on ("Networking", Docker Desktop manual). */
export const FROM_CONTAINERS = 'host.docker.internal'

const LOOPBACK_NAMES = [LOOPBACK, 'localhost', '::1']
const isEvery = (address: string): boolean => ['0.0.0.0', '::'].includes(address)
export const isLoopback = (address: string): boolean =>
  address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)

/** An address as it stands in a URL and in a Host header. */
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/**
 * Host headers that the cloud at an address accepts. On loopback: only the names of loopback. On other
 * addresses also this machine's addresses, its own name, and Docker's name for it. An attacker's DNS
 * cannot point any of these names here.
 */
export function hostsOf(address: string): ReadonlySet<string> {
  const names = [...LOOPBACK_NAMES, address]
  if (!isLoopback(address)) names.push(FROM_CONTAINERS)
  if (isEvery(address)) {
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    names.push(hostname(), ...own.map((each) => each.address))
  }
  return new Set(names.map((name) => bracketed(name.toLowerCase())))
}

/** Where this machine itself reaches what is bound to an address. */
export function urlOf(address: string, port: number): string {
  const reached = address === '0.0.0.0' ? LOOPBACK : address === '::' ? '::1' : address
  return `http://${bracketed(reached)}:${port}`
}
