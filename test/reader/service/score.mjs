import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openReader } from 'quartermaster/reader'

/** Scores slates by releases and values from files: no AWS client is asked. */
const [folder, cases] = process.argv.slice(2)
const scores = []
const isBytes = (name) => name === 'ring' || name === 'in' || name.startsWith('open.')
/** A row of the vectors as the AWS client gives it. */
const withBytes = (row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      isBytes(name) ? Buffer.from(value, 'base64') : value,
    ]),
  )
for (const { rows, folded, values, objects, slate } of JSON.parse(readFileSync(cases, 'utf8'))) {
  const rowOf = (pk) => {
    const row = values[pk.slice('feed#'.length)]
    return row ? withBytes(row) : null
  }
  const reader = await openReader({
    scene: 'feed',
    models: {
      get: async (key) =>
        key in objects ? Buffer.from(objects[key]) : readFileSync(join(folder, key)),
    },
    registry: { get: async (_, sk) => rows[sk] ?? null },
    online: {
      get: async (pk) => (pk.startsWith('feed#vector#') ? rowOf(pk) : folded),
      getAll: async (keys) => keys.map(({ pk }) => rowOf(pk)),
    },
    identify: (user) => user,
    onFault: (fault, during) => console.error(during, fault),
  })
  scores.push(...(await reader.scoreSlate(slate)).scores)
  reader.close()
}
process.stdout.write(JSON.stringify(scores))
