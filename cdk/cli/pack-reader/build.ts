import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const ENTRY = 'functions/reader/reader.ts'
/** The oldest clients that the reader is tested with. */
const PEERS = {
  '@aws-sdk/client-dynamodb': '^3.600.0',
  '@aws-sdk/client-s3': '^3.600.0',
  '@aws-sdk/lib-dynamodb': '^3.600.0',
}

export interface Packed {
  archive: string
  bytes: number
  unpackedBytes: number
}

/** Zod's messages in fifty languages are nearly half of the bundle. The reader needs English. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/[^/]+\.js$/ }, ({ path }) =>
      /(en|index)\.js$/.test(path) ? null : { contents: 'export default () => ({})' },
    )
  },
}

/** Bundles the reader into one module; returns the folders of the bundled packages. */
async function bundle(folder: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    outfile: join(folder, 'reader.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: Object.keys(PEERS),
    plugins: [englishOnly],
    // Names are kept: an error's name is its class name, and people read stack traces.
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'silent',
  })
  const packages = Object.keys(metafile.inputs).flatMap(
    (path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  )
  return [...new Set(packages)].sort()
}

/** The licence of each bundled package must stay with its code. */
function writeNotices(folder: string, packages: readonly string[]): void {
  const notices = packages.map((path) => {
    const { name, version } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'))
    return `${name} ${version}\n\n${readFileSync(join(ROOT, path, 'LICENSE'), 'utf8')}`
  })
  writeFileSync(join(folder, 'NOTICES'), notices.join('\n\n'))
}

/** Copies a declaration file and the files of this project that it imports, with JavaScript suffixes. */
function copyDeclaration(path: string, from: string, to: string): void {
  const target = join(to, path.replace(/\.ts$/, '.d.ts'))
  if (existsSync(target)) return
  const text = readFileSync(join(from, path.replace(/\.ts$/, '.d.ts')), 'utf8')
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text.replace(/( from '\.[^']*)\.ts'/g, "$1.js'"))
  for (const [, name] of text.matchAll(/ from '(\.[^']*)'/g))
    copyDeclaration(join(dirname(path), name!), from, to)
}

/** Keeps only the declarations that the entry needs; others refer to Zod, which a service may not have. */
function declare(folder: string, scratch: string): void {
  const rootDir = join(ROOT, 'functions')
  const settings = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir,
      outDir: scratch,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    files: [join(ROOT, ENTRY)],
    include: [],
  }
  mkdirSync(scratch, { recursive: true })
  const path = join(scratch, 'tsconfig.json')
  writeFileSync(path, JSON.stringify(settings))
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', path])
  copyDeclaration(relative(rootDir, join(ROOT, ENTRY)), scratch, join(folder, 'types'))
}

function manifest(): object {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return {
    name,
    version,
    description: 'The reader of Quartermaster: scores slates with the served release.',
    license,
    type: 'module',
    engines: { node: '>=20' },
    exports: { './reader': { types: './types/reader/reader.d.ts', default: './reader.js' } },
    peerDependencies: PEERS,
  }
}

/** Writes the package to `<out>/package` and packs it beside. Returns the archive's path and sizes. */
export async function packReader(out: string): Promise<Packed> {
  const folder = join(out, 'package')
  const scratch = join(out, 'scratch')
  writeNotices(folder, await bundle(folder))
  declare(folder, scratch)
  rmSync(scratch, { recursive: true })
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(ROOT, dirname(ENTRY), 'LAYOUT.md'), join(folder, 'LAYOUT.md'))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  const npmArguments = ['pack', '--json', '--pack-destination', out, folder]
  const [{ filename, size, unpackedSize }] = JSON.parse(
    execFileSync('npm', npmArguments, { encoding: 'utf8' }),
  )
  return { archive: join(out, filename), bytes: size, unpackedBytes: unpackedSize }
}
