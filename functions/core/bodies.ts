import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { BrokenBody } from './errors.ts'

/** Attempts to read one object, the first included. */
const READINGS = 6
const BACKOFF_MS = 50

/** An open body, and its length if it is known. */
export interface Opened<B> {
  body: B
  bytes: number | undefined
}

/** Waits before the next attempt. Throws BrokenBody after the last one. */
async function waitAfter(reading: number, name: string, cause: Error): Promise<void> {
  if (reading === READINGS)
    throw new BrokenBody(
      `${name}: it broke off in ${reading} attempts to read it: ${cause.message}`,
      { cause },
    )
  await pause(BACKOFF_MS * 2 ** (reading - 1))
}

const tooShort = (got: number, bytes: number): Error =>
  new Error(`got ${got} bytes, expected ${bytes}`)

/**
 * All bytes of an object. The SDK retries a request, but never reads a body again. So a body that
 * breaks off, ends early or does not match its checksum (which the SDK compares) is read again from
 * the start. Throws BrokenBody after six attempts.
 */
export async function readWhole(
  name: string,
  open: () => Promise<Opened<{ transformToByteArray(): Promise<Uint8Array> }>>,
): Promise<Uint8Array> {
  for (let reading = 1; ; reading++) {
    const { body, bytes } = await open()
    try {
      const found = await body.transformToByteArray()
      if (bytes === undefined || found.byteLength === bytes) return found
      throw tooShort(found.byteLength, bytes)
    } catch (error) {
      await waitAfter(reading, name, error as Error)
    }
  }
}

/**
 * The bytes of an object as a stream. If its body breaks off or ends early, `reopen` opens the
 * rest, from that byte on. The stream fails with BrokenBody after six bodies. It also fails if all
 * bytes arrived with a wrong checksum, because they were already passed on.
 */
export function readResuming(
  name: string,
  { body: first, bytes }: Opened<Readable>,
  reopen: (fromByte: number) => Promise<Readable>,
): Readable {
  let body = first
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let got = 0
    for (let reading = 1; ; reading++) {
      let cause: unknown = null
      const source = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
      for (;;) {
        const next = await source.next().catch((error: unknown) => {
          cause = error
          return null
        })
        if (!next || next.done) break
        got += next.value.byteLength
        yield next.value
      }
      if (cause === null && (bytes === undefined || got === bytes)) return
      if (stream.destroyed) return
      const broken = (cause ?? tooShort(got, bytes!)) as Error
      if (bytes !== undefined && got >= bytes)
        throw new BrokenBody(`${name}: ${broken.message}`, { cause: broken })
      await waitAfter(reading, name, broken)
      body = await reopen(got)
      if (stream.destroyed) body.destroy()
    }
  }
  const read = chunks()
  const stream = new Readable({
    read() {
      read.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      body.destroy()
      done(error)
    },
  })
  return stream
}
