import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { eventSchema } from '../functions/contract/events.ts'
import { mappingSchema } from '../functions/contract/logs.ts'
import { summarySchema } from '../functions/contract/summary.ts'
import { NO_FACTS } from '../functions/intake/adapters/adapter.ts'
import { ADAPTERS } from '../functions/intake/adapters/formats.ts'
import { makeScene } from './make/scene.ts'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text]) => text!,
  )

describe('the README', () => {
  test('documents every field of summary.json', () => {
    const section = readme.slice(
      readme.indexOf('summary.json\n'),
      readme.indexOf('## The local cloud'),
    )
    for (const field of Object.keys(summarySchema.shape)) expect(section).toContain(`\`${field}\``)
  })

  test('shows events that the contract accepts', () => {
    const lines = blocks('json').flatMap((block) => block.trim().split('\n'))
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) eventSchema.parse(JSON.parse(line))
  })

  test('names commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name!)
    expect(named.length).toBeGreaterThan(0)
    for (const name of [...named, 'start', 'test']) expect(scripts).toHaveProperty(name)
    expect(readme).toContain('npm install && npm start')
    expect(readme).toContain('npm install && npm test')
  })

  test('names commands that say how they are used', async () => {
    const named = new Set([...readme.matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name!))
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    // A benchmark takes no flag.
    named.delete('bench')
    const run = promisify(execFile)
    const answers = [...named, 'start'].map(async (name) => {
      const [, ...words] = scripts[name]!.split(' ')
      const { stdout } = await run(process.execPath, [...words, '--help'], { cwd: ROOT })
      return [name, stdout] as const
    })
    for (const [name, stdout] of await Promise.all(answers)) expect(stdout, name).toContain('--')
  }, 120_000)

  test('shows lines of other logs that intake reads', () => {
    const scene = makeScene()
    const rows = (heading: string): string[] => {
      const section = readme.slice(readme.indexOf(heading))
      return /```\n([\s\S]*?)```/.exec(section)![1]!.trim().split('\n')
    }
    for (const [format, heading, records] of [
      ['personalize', '### Amazon Personalize', 4],
      ['metarank', '### Metarank', 4],
    ] as const) {
      const reader = ADAPTERS[format].open('events', scene, NO_FACTS)
      const read = rows(heading).map((line) => reader.read(line))
      for (const answer of read) expect(answer === null || Array.isArray(answer)).toBe(true)
      expect(read.flatMap((answer) => (Array.isArray(answer) ? answer : [])).length).toBe(records)
    }
  })

  test('shows a mapping that is one', () => {
    const [text] = blocks('jsonc').filter((block) => block.includes('"layout"'))
    const withoutComments = text!.replaceAll(/\/\/ .*$/gm, '')
    expect(mappingSchema.safeParse(JSON.parse(withoutComments)).error).toBeUndefined()
  })

  test('links to what is there', () => {
    for (const [, path] of readme.matchAll(/\]\(([^)h][^)]*)\)/g))
      expect(existsSync(join(ROOT, path!)), path).toBe(true)
  })
})
