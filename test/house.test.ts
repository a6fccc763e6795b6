import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules, stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const sourcesIn = (folder: string): { path: string; text: string }[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
const functions = sourcesIn('functions')
const cdk = sourcesIn('cdk')
const importsOf = ({ path, text }: { path: string; text: string }): string[] =>
  [...text.matchAll(/(?:^|\n)(?:import|export)\s[^;]*?from '([^']+)'/g)].map(([, from]) =>
    from!.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), from!)) : from!,
  )
const roomOf = (path: string): string => path.split('/')[1]!
const isCompositionRoot = (path: string): boolean => /\.(lambda|task)\.ts$/.test(path)
const offenders = (
  among: typeof functions,
  isWrong: (source: (typeof functions)[number]) => boolean,
): string[] => among.filter(isWrong).map(({ path }) => path)

/** Which rooms a room may look into, besides contract, core and math. Data runs one way. */
const NEIGHBOURS: Record<string, readonly string[]> = {
  contract: [],
  core: [],
  math: [],
  intake: [],
  closing: [],
  samples: ['closing'],
  train: ['closing', 'samples', 'evaluate', 'release'],
  evaluate: ['release', 'train'],
  release: [],
  report: ['train'],
  // The reader scores with the very definitions that samples were made and models trained by.
  reader: ['intake', 'samples', 'train'],
}

/** What the emulator may use of core: object store, table store, and what they are made of. */
const CORE_PORTS = ['digest', 'dynamodb', 'objects', 'read-each', 's3', 'tables'].map(
  (name) => `functions/core/${name}.ts`,
)

describe('the house', () => {
  test('has a contract that imports the schema library and nothing else', () => {
    for (const source of functions.filter(({ path }) => roomOf(path) === 'contract'))
      for (const from of importsOf(source))
        expect(
          from === 'zod' || from.startsWith('functions/contract/'),
          `${source.path} imports ${from}`,
        ).toBe(true)
  })

  test('has rooms that look only where data comes from', () => {
    for (const source of functions) {
      const room = roomOf(source.path)
      expect(NEIGHBOURS, `${room} is a room of the house`).toHaveProperty(room)
      const allowed = new Set(['contract', 'core', 'math', room, ...NEIGHBOURS[room]!])
      if (room === 'contract') continue
      for (const from of importsOf(source).filter(
        (name) => name.startsWith('functions/') || name.startsWith('cdk/'),
      ))
        expect(
          from.startsWith('functions/') && allowed.has(roomOf(from)),
          `${source.path} imports ${from}`,
        ).toBe(true)
    }
  })

  test('has mathematics that imports no library and no service', () => {
    for (const source of functions.filter(({ path }) => roomOf(path) === 'math'))
      for (const from of importsOf(source))
        expect(
          from.startsWith('functions/math/') ||
            from.startsWith('functions/contract/') ||
            from === 'node:crypto',
          `${source.path} imports ${from}`,
        ).toBe(true)
  })

  test('reads no clock and no unseeded randomness in any stage', () => {
    const clock =
      /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\.hrtime|randomUUID|randomBytes/
    expect(offenders(functions, ({ text }) => clock.test(text))).toEqual([])
  })

  test('reads the environment only in composition roots', () => {
    expect(
      offenders(
        functions,
        ({ path, text }) => /process\.env/.test(text) && !isCompositionRoot(path),
      ),
    ).toEqual([])
  })

  test('builds S3 keys in the contract alone', () => {
    const literal = /[`'"](raw|clean|closed|samples|counters|manifests|models|quarantine|reports)\//
    const elsewhere = functions.filter(({ path }) => path !== 'functions/contract/keys.ts')
    const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    expect(offenders(elsewhere, ({ text }) => literal.test(code(text)))).toEqual([])
  })

  test('has handlers that are thin shells', () => {
    const roots = functions.filter(({ path }) => path.endsWith('.lambda.ts'))
    expect(roots.length).toBeGreaterThan(8)
    expect(offenders(roots, ({ text }) => text.split('\n').length > 70)).toEqual([])
  })

  test('lets nothing import the commands but the commands', () => {
    const others = [...functions, ...cdk].filter(({ path }) => !path.startsWith('cdk/cli/'))
    expect(others.length).toBeLessThan(functions.length + cdk.length)
    for (const source of others)
      for (const from of importsOf(source))
        expect(from.startsWith('cdk/cli/'), `${source.path} imports ${from}`).toBe(false)
  })

  test('has an emulator that imports only itself, the contract and the ports of core', () => {
    const emulator = cdk.filter(({ path }) => path.startsWith('cdk/local/'))
    expect(emulator.length).toBeGreaterThan(50)
    for (const source of emulator)
      for (const from of importsOf(source).filter((name) => /^(cdk|functions)\//.test(name)))
        expect(
          ['cdk/local/', 'functions/contract/'].some((folder) => from.startsWith(folder)) ||
            CORE_PORTS.includes(from),
          `${source.path} imports ${from}`,
        ).toBe(true)
  })

  test('has sources that Node itself can strip of their types', () => {
    const cannot = ({ text }: { text: string }): boolean => {
      try {
        stripTypeScriptTypes(text)
        return false
      } catch {
        return true
      }
    }
    expect(offenders([...functions, ...cdk], cannot)).toEqual([])
  })

  test('has files as long as their one idea', () => {
    const all = [...functions, ...cdk]
    expect(offenders(all, ({ text }) => text.split('\n').length > 301)).toEqual([])
  })

  test('depends on nothing that package.json does not pin exactly', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const versions: Record<string, string> = {
      ...manifest.dependencies,
      ...manifest.devDependencies,
    }
    for (const [name, version] of Object.entries(versions))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
    const packageOf = (from: string): string =>
      from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/')
    for (const source of [...functions, ...cdk])
      for (const from of importsOf(source)) {
        const isOurs = from.startsWith('functions/') || from.startsWith('cdk/')
        if (isOurs || from.startsWith('node:') || builtinModules.includes(from)) continue
        const name = packageOf(from)
        const isPinned = Object.hasOwn(versions, name) || Object.hasOwn(versions, `@types/${name}`)
        expect(isPinned, `${source.path} imports ${from}`).toBe(true)
      }
  })
})
