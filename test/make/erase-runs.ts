import { canonicalJson } from '../../functions/core/digest.ts'
import { type Budget, eraseScene } from '../../functions/erase/erase.ts'
import { type EraseWorld, PERSON, REQUESTED } from './erase-world.ts'

const person = { scene: 'feed', user: PERSON }
export const erasureRequest = { reason: 'asked to be erased', requestedMs: REQUESTED }
export const whole = (): Budget => ({
  objects: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
})
export const erase = (world: EraseWorld, budget = whole(), asked = erasureRequest) =>
  eraseScene(world.ports, person, asked, budget)

/** Everything that is stored, by name: bytes in hex. The row of the erasure counts its own writes. */
export function contentsOf({ lake, models, online, registry }: EraseWorld): Map<string, string> {
  const all = new Map<string, string>()
  for (const store of [lake, models])
    for (const [key, { body }] of store.contents)
      all.set(`${store.bucket} ${key}`, Buffer.from(body).toString('hex'))
  const plain = (value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
  for (const table of [online, registry])
    for (const [key, { n: _n, ...row }] of table) {
      const values = Object.entries(row).map(([name, value]) => [name, plain(value)])
      all.set(key, canonicalJson(Object.fromEntries(values)))
    }
  return all
}

/** Fails the nth write of any store: before it is made, or after. */
export function failing(world: EraseWorld, nth: number, isAfter: boolean) {
  let writes = 0
  const wrap = <S extends object>(store: S): S =>
    new Proxy(store, {
      get(target, name) {
        const own = Reflect.get(target, name) as unknown
        if (typeof own !== 'function' || !/^(put|delete|update)/.test(String(name))) return own
        return async (...given: unknown[]) => {
          const isNth = ++writes === nth
          if (isNth && !isAfter) throw new Error('killed')
          const answer = await (own as (...all: unknown[]) => unknown).apply(target, given)
          if (isNth) throw new Error('killed')
          return answer
        }
      },
    })
  const { lake, models, online, registry, ...scans } = world.ports
  const ports = {
    ...{ lake: wrap(lake), models: wrap(models) },
    ...{ online: wrap(online), registry: wrap(registry), ...scans },
  }
  return { world: { ...world, ports }, writes: () => writes }
}
