import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openReader } from 'quartermaster/reader'

/** Scores slates by releases and values from files: no AWS client is asked. */
const [folder, cases] = process.argv.slice(2)
const scores = []
/** A row of the vectors as the AWS client gives it. */
const withBytes = (row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name === 'ring' || name.startsWith('open.') ? Buffer.from(value, 'base64') : value,
    ]),
  )
for (const { rows, folded, values, slate } of JSON.parse(readFileSync(cases, 'utf8'))) {
  const reader = await openReader({
    scene: 'feed',
    models: { get: async (key) => readFileSync(join(folder, key)) },
    registry: { get: async (_, sk) => rows[sk] ?? null },
    online: {
      get: async () => folded,
      getAll: async (keys) =>
        keys.map(({ pk }) => {
          const row = values[pk.slice('feed#'.length)]
          return row ? withBytes(row) : null
        }),
    },
    identify: (user) => user,
    onFault: (fault, during) => console.error(during, fault),
  })
  scores.push(...(await reader.scoreSlate(slate)).scores)
  reader.close()
}
process.stdout.write(JSON.stringify(scores))
