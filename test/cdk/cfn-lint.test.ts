import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resourcesIn, synthesize } from './synthesized.ts'

/** A program of its own (`pip install cfn-lint`); CFN_LINT says where it is, else PATH. */
const program = process.env['CFN_LINT'] ?? 'cfn-lint'
const isInstalled = spawnSync(program, ['--version']).status === 0

const templatesOf = (context: Record<string, unknown>): string[] => {
  const assembly = synthesize({ scenes: 'feed', ...context })
  return readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(assembly, name))
}
const typesOf = (templates: readonly string[]): Set<string> =>
  new Set(
    templates
      .flatMap((path) => resourcesIn(JSON.parse(readFileSync(path, 'utf8'))))
      .map(({ type }) => type),
  )

describe.skipIf(!isInstalled)('Template lint (skipped without cfn-lint)', () => {
  test('The linter cfn-lint finds no problem in the complete prod templates', () => {
    const prod = { environment: 'prod', monthlyBudgetUsd: 100, alarmEmail: 'ops@example.com' }
    const templates = templatesOf(prod)
    expect(templates).toHaveLength(2)
    expect([...typesOf(templatesOf({}))].filter((type) => !typesOf(templates).has(type))).toEqual(
      [],
    )
    const { status, stdout } = spawnSync(program, templates, { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  }, 420_000)
})
