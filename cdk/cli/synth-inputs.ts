import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { digestOf, sha256Hex } from '../../functions/core/digest.ts'

/** Folders of what is synthesized and bundled, and those in them that are not. */
const FOLDERS = ['cdk', 'functions']
const OTHERS = ['cdk/cli', 'cdk/local']
/** How the app is run, and which packages are installed. */
const SETTINGS = [
  ...['cdk.json', 'cdk.context.json', 'package.json', 'package-lock.json', 'tsconfig.json'],
  join('node_modules', '.package-lock.json'),
]
/** What the CDK reads of the environment. */
const VARIABLE = /^(AWS|CDK)_/

function* filesIn(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) yield path
    else if (!OTHERS.includes(relative(root, path))) yield* filesIn(root, path)
  }
}

/** Digest of all that a synthesis depends on: sources, settings, packages, scenes and environment. */
export function digestInputs(root: string, scenes: string, sceneFile?: string): string {
  const paths = [
    ...FOLDERS.flatMap((folder) => [...filesIn(root, join(root, folder))]),
    ...[...SETTINGS.map((path) => join(root, path)), join(homedir(), '.cdk.json')].filter(
      existsSync,
    ),
  ]
  const files = paths.map((path) => [relative(root, path), sha256Hex(readFileSync(path))]).sort()
  const variables = Object.entries(process.env)
    .filter(([name]) => VARIABLE.test(name))
    .sort()
  const scene =
    sceneFile === undefined ? null : existsSync(sceneFile) && sha256Hex(readFileSync(sceneFile))
  return digestOf([root, process.version, scenes, scene, variables, files]).slice(0, 32)
}
