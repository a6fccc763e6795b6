import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, buildSync, version as esbuildVersion } from 'esbuild'
import type { Configuration } from '../functions/contract/scene.ts'
import { canonicalJson, digestOf, sha256Hex } from '../functions/core/digest.ts'
import { findBuild, keepBuild, keepFolder, sweepCache } from './build-cache.ts'
import { stages as declared, type StageName } from './rooms.ts'

const ROOT = join(import.meta.dirname, '..')
const CONTAINER = 'functions/trainer'

export interface Bundle {
  /** Holds exactly the deployed files. */
  directory: string
  /** SHA-256 of the code without its configuration. Lineage records it. */
  digest: string
}
export interface Bundles {
  stages: Readonly<Record<StageName, Bundle>>
  trainer: Bundle
}

/** Some bundled packages are CommonJS and load Node's modules with `require`. */
const BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

const SETTINGS = {
  outdir: 'bundles',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // Package paths appear in the output. Links are kept so that they stay inside the project.
  preserveSymlinks: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  banner: { js: BANNER },
  // Names are kept: retries depend on an error's name, and people read stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
} as const satisfies BuildOptions
/** Files that decide, beside the modules themselves, how a module name resolves to a file. */
const RESOLUTION = ['package-lock.json', 'package.json', 'tsconfig.json']

/** Builds all entries at once. The bytes depend on sources and versions, not on the project's path. */
function compile(entryPoints: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  const resolution = RESOLUTION.map((file) => sha256Hex(readFileSync(join(ROOT, file))))
  const settings = digestOf([ROOT, esbuildVersion, SETTINGS, entryPoints, resolution])
  const found = findBuild(ROOT, settings)
  if (found) return found
  const { outputFiles, metafile } = buildSync({
    ...SETTINGS,
    absWorkingDir: ROOT,
    entryPoints: { ...entryPoints },
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const outputs = new Map(
    Object.keys(entryPoints).map((name) => [
      name,
      outputFiles.find(({ path }) => path === join(ROOT, 'bundles', `${name}.mjs`))!.contents,
    ]),
  )
  keepBuild(ROOT, settings, Object.keys(metafile.inputs), outputs)
  return outputs
}

/** Bundles every handler and the training program with the AWS SDK. Throws esbuild's error. */
export function bundleCode(configuration: Configuration): Bundles {
  const entries = Object.fromEntries(
    declared.map(({ room, stage: { name } }) => [name, `functions/${room}/${name}.lambda.ts`]),
  )
  const code = compile({
    ...entries,
    'fit.task': `${CONTAINER}/fit.task.ts`,
    'embed.task': `${CONTAINER}/embed.task.ts`,
  })
  const scenes = canonicalJson(configuration)
  const stages = declared.map(({ stage: { name, readsScenes } }): [string, Bundle] => {
    const index = code.get(name)!
    const files = { 'index.mjs': index, ...(readsScenes ? { 'configuration.json': scenes } : {}) }
    return [name, { directory: keepFolder(name, files), digest: sha256Hex(index) }]
  })
  const [fit, embed] = [code.get('fit.task')!, code.get('embed.task')!]
  const dockerfile = readFileSync(join(ROOT, CONTAINER, 'Dockerfile'))
  const files = { 'fit.mjs': fit, 'embed.mjs': embed, Dockerfile: dockerfile }
  const trainer = keepFolder('trainer', files)
  sweepCache([...Object.keys(entries), 'trainer'])
  return {
    stages: Object.fromEntries(stages) as Bundles['stages'],
    trainer: {
      directory: trainer,
      // Of what trains models: a change of the other program changes no lineage.
      digest: digestOf([sha256Hex(fit), sha256Hex(dockerfile)]),
    },
  }
}
