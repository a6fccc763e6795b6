import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventSchema } from '../functions/contract/events.ts'
import { summarySchema } from '../functions/contract/summary.ts'

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
    const named = [...readme.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name!)
    expect(named.length).toBeGreaterThan(0)
    for (const name of [...named, 'start', 'test']) expect(scripts).toHaveProperty(name)
    expect(readme).toContain('npm install && npm start')
    expect(readme).toContain('npm install && npm test')
  })

  test('links to what is there', () => {
    for (const [, path] of readme.matchAll(/\]\(([^)h][^)]*)\)/g))
      expect(existsSync(join(ROOT, path!)), path).toBe(true)
  })
})
