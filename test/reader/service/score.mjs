import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openReader } from 'quartermaster/reader'

/** Scores slates by releases and values from files: no AWS client is asked. */
const [folder, cases] = process.argv.slice(2)
const scores = []
for (const { rows, values, slate } of JSON.parse(readFileSync(cases, 'utf8'))) {
  const reader = await openReader({
    scene: 'feed',
    models: { get: async (key) => readFileSync(join(folder, key)) },
    registry: { get: async (_, sk) => rows[sk] ?? null },
    online: { queryFrom: async (pk, from) => values[pk].filter(({ sk }) => sk >= from) },
    identify: (user) => user,
    onFault: (fault, during) => console.error(during, fault),
  })
  scores.push(...(await reader.scoreSlate(slate)).scores)
  reader.close()
}
process.stdout.write(JSON.stringify(scores))
