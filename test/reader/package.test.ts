import { execFile } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Packed, packReader } from '../../cdk/cli/pack-reader/build.ts'
import { CURRENT_SK, releaseSk } from '../../functions/contract/registry.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { currentRow } from '../make/lineage.ts'
import { nodeOf } from './nodes.ts'
import { openServedEndpoint, SETTINGS } from './served-endpoint.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const VECTORS = join(import.meta.dirname, 'vectors')
const NOW_MS = Date.UTC(2026, 0, 5, 12)
const folder = mkdtempSync(join(tmpdir(), 'reader-package-'))
const service = join(folder, 'service')
const installed = join(service, 'node_modules', 'quartermaster')
let packed: Packed
let cloud: Awaited<ReturnType<typeof openServedEndpoint>>

/** The objects and the part of a graph that has these links. */
function graphOf(links: object) {
  const described = (key: string, text: string) => ({ key, sha256: sha256Hex(text) })
  const linksText = JSON.stringify(links)
  const file = described('links.json', linksText)
  const generation = '0123abcd-0000000000001'
  const manifest = JSON.stringify({
    ...{ scene: 'feed', generation, builtMs: 1, closedThroughMs: null, codeDigest: 'c' },
    ...{ fusion: 'f', files: { learned: file, names: file, links: file }, entities: 0, facts: 0 },
  })
  return {
    objects: { 'links.json': linksText, 'graph.json': manifest },
    graph: {
      ...{ ...described('graph.json', manifest), kind: 'object' },
      ...{ generation, base: null, throughMs: 0 },
    },
  }
}

/** The vectors' scores as slates, with the rows that a registry and an online table have of them. */
function casesOf(lines: readonly string[]) {
  const vectors = lines.map((line) => JSON.parse(line))
  const nameOf = (file: string) => ({
    generation: file.replace(/\.qmm$/, '').replace('.', '-'),
    key: file,
    sha256: vectors.find((one) => one.vector === 'artifact' && one.file === file).sha256,
  })
  const { file, generation } = vectors.find(({ vector }) => vector === 'space')
  const space = {
    ...{ key: file, sha256: sha256Hex(readFileSync(join(VECTORS, file))), kind: 'object' },
    ...{ generation, base: null, throughMs: 0 },
  }
  const { objects, graph } = graphOf(vectors.find(({ vector }) => vector === 'links').links)
  return vectors
    .filter(({ vector }) => vector === 'score')
    .map(({ model, folded, rows, request, items }) => {
      const base = model.includes('delta') ? nameOf(model.replace('delta', 'base')) : null
      const release = {
        ...{ scene: 'feed', sequence: 1, version: nameOf(model).generation, fence: 1 },
        parts: { model: { ...nameOf(model), kind: 'object', base, throughMs: 0 }, space, graph },
        ...{ dataThroughMs: 0, preparedMs: 0 },
      }
      return {
        rows: { [CURRENT_SK]: currentRow({ version: release.version }), [releaseSk(1)]: release },
        ...{ folded, values: rows, objects },
        slate: { ...request, user: String(items[0].cells.f_user) },
        probabilities: items.map((item: { probability: number }) => item.probability),
      }
    })
}
const cases = casesOf(readFileSync(join(VECTORS, 'vectors.jsonl'), 'utf8').trim().split('\n'))

beforeAll(async () => {
  cloud = await openServedEndpoint(NOW_MS)
  packed = await packReader(join(folder, 'out'))
  mkdirSync(service)
  writeFileSync(join(service, 'package.json'), '{"name":"service","type":"module"}')
  // Offline, since the package brings all that it needs but the clients, which a service has already.
  const words = ['install', '--offline', '--no-audit', '--legacy-peer-deps', packed.archive]
  await run('npm', words, { cwd: service })
  for (const name of ['@aws-sdk', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(service, 'node_modules', name))
  for (const name of ['score.mjs', 'rank.mjs'])
    copyFileSync(join(import.meta.dirname, 'service', name), join(service, name))
  copyFileSync(join(import.meta.dirname, 'example.ts'), join(service, 'example.ts'))
  writeFileSync(join(service, 'cases.json'), JSON.stringify(cases))
})
afterAll(async () => {
  await cloud?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('The packed reader', () => {
  test('The reader package is one small module with types and licences', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'LAYOUT.md',
      'LICENSE',
      'NOTICES',
      'package.json',
      'reader.js',
      'types',
    ])
    expect(packed.bytes).toBeLessThan(200_000)
    expect(packed.unpackedBytes).toBeLessThan(720_000)
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    )
    expect([dependencies, devDependencies]).toEqual([undefined, undefined])
    const code = readFileSync(join(installed, 'reader.js'), 'utf8')
    const imported = [...code.matchAll(/\bimport\{[^}]*\}from"([^"]*)"/g)].map(([, name]) => name!)
    const packages = imported.filter((name) => !name.startsWith('node:'))
    expect([...new Set(packages)].sort()).toEqual(Object.keys(peerDependencies))
    expect(readFileSync(join(installed, 'NOTICES'), 'utf8')).toMatch(/^zod \d.*MIT License/s)
  })

  test('The reader types compile in a strict service', async () => {
    const wrong = "import { openReader } from 'quartermaster/reader'\nopenReader({ scene: 7 })\n"
    writeFileSync(join(service, 'wrong.ts'), wrong)
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const words = ['--strict', '--skipLibCheck', 'false', '--types', 'node', '--module', 'nodenext']
    const { stdout } = await run(process.execPath, [tsc, ...words, 'example.ts', 'wrong.ts'], {
      cwd: service,
    }).catch((error) => error as { stdout: string })
    // Of two files, one right and one wrong, the wrong one alone is refused.
    const [refusal, ...others] = stdout.trim().split(/\n(?! )/)
    expect(refusal).toMatch(/^wrong\.ts\(2,14\): error TS2322: Type 'number' .* type 'string'/)
    expect(others).toEqual([])
  })

  test.for([20, 22, 24])(
    'The reader scores the vectors on Node %i and ranks over AWS',
    { timeout: 120_000 },
    async (major, { skip }) => {
      const node = nodeOf(major) ?? skip(`no Node ${major} here, and npm gives none`)
      const scored = await run(node, ['score.mjs', VECTORS, 'cases.json'], { cwd: service })
      expect(scored.stderr).toBe('')
      expect(JSON.parse(scored.stdout)).toEqual(cases.flatMap(({ probabilities }) => probabilities))

      // That they leave Node 20 in 2027 is the clients' to say.
      const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
      const env = { ...cloud.clients, ...SETTINGS, ...quiet }
      const ranked = await run(node, ['rank.mjs', String(NOW_MS)], { cwd: service, env })
      expect(ranked.stderr).toBe('')
      const { release, slate } = JSON.parse(ranked.stdout)
      expect(release).toBe('v1')
      expect(slate.map(({ item }: { item: string }) => item).sort()).toEqual(['i1', 'i2'])
    },
  )
})
