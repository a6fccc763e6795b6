import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { synthesize } from './synthesized.ts'

/** A program of its own (`pip install cfn-lint`); CFN_LINT says where it is, else PATH. */
const program = process.env['CFN_LINT'] ?? 'cfn-lint'
const isInstalled = spawnSync(program, ['--version']).status === 0
/** The CDK writes an order that a reference implies already: harmless, and not ours to change. */
const IGNORED = ['--ignore-checks', 'W3005']

describe.skipIf(!isInstalled)('cfn-lint (skipped where it is not installed)', () => {
  test.each<[string, Record<string, unknown>]>([
    ['without an environment', {}],
    ['of prod', { environment: 'prod', monthlyBudgetUsd: 100, alarmEmail: 'ops@example.com' }],
  ])(
    'finds nothing in the templates %s',
    (_what, context) => {
      const assembly = synthesize({ scenes: 'feed', ...context })
      const templates = readdirSync(assembly)
        .filter((name) => name.endsWith('.template.json'))
        .map((name) => join(assembly, name))
      expect(templates).toHaveLength(2)
      const { status, stdout } = spawnSync(program, [...IGNORED, '--', ...templates], {
        encoding: 'utf8',
      })
      expect(stdout).toBe('')
      expect(status).toBe(0)
    },
    240_000,
  )
})
