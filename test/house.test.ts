import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules, stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOMS } from '../cdk/rooms.ts'

const ROOT = join(import.meta.dirname, '..')
const sourcesIn = (folder: string): { path: string; text: string }[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
const functions = sourcesIn('functions')
const cdk = sourcesIn('cdk')
const tests = sourcesIn('test')
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

/** Data runs one way: a room imports itself and rooms to its left. Rooms of one group stand apart. */
const GROUPS = ROOMS.map((group) => Object.keys(group))
const ORDER = GROUPS.map((group) => group.join(', ')).join(' < ')
const RANKS = new Map(GROUPS.flatMap((group, rank) => group.map((room) => [room, rank])))
const mayImport = (room: string, other: string): boolean =>
  room === other || RANKS.get(other)! < RANKS.get(room)!

/** Groups of files that import each other, types included (Tarjan 1972, strong components). */
function findCircles(sources: typeof functions): string[][] {
  const imports = new Map(sources.map((source) => [source.path, importsOf(source)]))
  const seen = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (path: string): number => {
    const own = seen.size
    let low = own
    seen.set(path, own)
    stack.push(path)
    for (const from of imports.get(path)!) {
      if (!imports.has(from)) continue
      if (!seen.has(from)) low = Math.min(low, visit(from))
      else if (stack.includes(from)) low = Math.min(low, seen.get(from)!)
    }
    if (low === own) {
      const group = stack.splice(stack.indexOf(path))
      if (group.length > 1) circles.push(group.sort())
    }
    return low
  }
  for (const path of imports.keys()) if (!seen.has(path)) visit(path)
  return circles
}

/** What the emulator may use of core: object store, table store, and what they are made of. */
const CORE_PORTS = ['digest', 'dynamodb', 'objects', 'read-each', 's3', 'tables'].map(
  (name) => `functions/core/${name}.ts`,
)

describe('The structure of the code', () => {
  test('The contract imports the schema library and nothing else', () => {
    for (const source of functions.filter(({ path }) => roomOf(path) === 'contract'))
      for (const from of importsOf(source))
        expect(
          from === 'zod' || from.startsWith('functions/contract/'),
          `${source.path} imports ${from}`,
        ).toBe(true)
  })

  test('Each folder imports only folders to its left', () => {
    expect(new Set(functions.map(({ path }) => roomOf(path)))).toEqual(new Set(RANKS.keys()))
    for (const source of functions)
      for (const from of importsOf(source).filter(
        (name) => name.startsWith('functions/') || name.startsWith('cdk/'),
      ))
        expect(
          from.startsWith('functions/') && mayImport(roomOf(source.path), roomOf(from)),
          `${source.path} imports ${from}; the order is ${ORDER}`,
        ).toBe(true)
  })

  test('No files import each other in a circle', () => {
    expect(findCircles([...functions, ...cdk])).toEqual([])
  })

  test('The check finds import circles, even of types alone', () => {
    const file = (name: string, from: string) => ({
      path: `functions/${name}.ts`,
      text: `import type { A } from './${from}.ts'`,
    })
    expect(findCircles([file('a', 'b'), file('b', 'c'), file('c', 'b')])).toEqual([
      ['functions/b.ts', 'functions/c.ts'],
    ])
  })

  test('The mathematics imports no library and no service', () => {
    for (const source of functions.filter(({ path }) => roomOf(path) === 'math'))
      for (const from of importsOf(source))
        expect(
          from.startsWith('functions/math/') ||
            from.startsWith('functions/contract/') ||
            from === 'node:crypto',
          `${source.path} imports ${from}`,
        ).toBe(true)
  })

  test('No stage reads the clock or unseeded randomness', () => {
    const clock =
      /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\.hrtime|randomUUID|randomBytes/
    expect(offenders(functions, ({ text }) => clock.test(text))).toEqual([])
  })

  test('Only composition roots read the environment', () => {
    expect(
      offenders(
        functions,
        ({ path, text }) => /process\.env/.test(text) && !isCompositionRoot(path),
      ),
    ).toEqual([])
  })

  test('Only the contract builds S3 keys', () => {
    const literal = /[`'"](raw|clean|closed|samples|counters|manifests|models|quarantine|reports)\//
    const elsewhere = functions.filter(
      ({ path }) => !/^functions\/contract\/(\w+-)?keys\.ts$/.test(path),
    )
    const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    expect(offenders(elsewhere, ({ text }) => literal.test(code(text)))).toEqual([])
  })

  test('Only one function changes CURRENT', () => {
    expect(offenders(functions, ({ text }) => /registry\.change\(/.test(text))).toEqual([
      'functions/registry/change-current.ts',
    ])
  })

  test('Only the code that makes or opens a part names it', () => {
    const shared = functions.filter(({ path }) => roomOf(path) !== 'contract')
    expect(offenders(shared, ({ text }) => /\b(MODEL|VALUES)_PART\b/.test(text))).toEqual([
      'functions/reader/reader.ts',
      'functions/reader/score-slate.ts',
      'functions/release/parts/online-values.ts',
      'functions/release/parts/ranking-model.ts',
    ])
  })

  test('Handlers are thin shells', () => {
    const roots = functions.filter(({ path }) => path.endsWith('.lambda.ts'))
    expect(roots.length).toBeGreaterThan(8)
    expect(offenders(roots, ({ text }) => text.split('\n').length > 70)).toEqual([])
  })

  test('Only the commands import the commands', () => {
    const others = [...functions, ...cdk].filter(({ path }) => !path.startsWith('cdk/cli/'))
    expect(others.length).toBeLessThan(functions.length + cdk.length)
    for (const source of others)
      for (const from of importsOf(source))
        expect(from.startsWith('cdk/cli/'), `${source.path} imports ${from}`).toBe(false)
  })

  test('The emulator imports only itself, the contract and core ports', () => {
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

  test('Node itself can strip the types of all sources', () => {
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

  test('No source file has more than 300 lines', () => {
    const all = [...functions, ...cdk, ...tests]
    expect(offenders(all, ({ text }) => text.split('\n').length > 301)).toEqual([])
  })

  test('Every dependency has an exact version in package.json', () => {
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
