import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Resource {
  Type: string
  Properties?: Record<string, unknown>
  Metadata?: Record<string, unknown>
  Condition?: string
}
export interface Template {
  Resources: Record<string, Resource>
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>
  Parameters?: Record<string, { Default?: unknown; Type: string }>
  Conditions?: Record<string, unknown>
}
export interface Stack {
  name: string
  template: Template
}
export interface Assembly {
  directory: string
  /** A stack comes after those that it depends on. */
  stacks: Stack[]
  /** Asset hash → folder of a function's code. */
  files: ReadonlyMap<string, string>
  /** Asset hash → folder of an image, with its Dockerfile. */
  images: ReadonlyMap<string, string>
}

interface Manifest {
  artifacts: Record<
    string,
    { type: string; properties?: Record<string, string>; dependencies?: string[] }
  >
}
interface AssetManifest {
  files?: Record<string, { source: { path?: string; packaging?: string } }>
  dockerImages?: Record<string, { source: { directory: string } }>
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

/** A cloud assembly as the CDK command line leaves it ("Cloud assembly", AWS CDK developer guide). Throws where there is none. */
export function readAssembly(directory: string): Assembly {
  const { artifacts } = readJson<Manifest>(join(directory, 'manifest.json'))
  const files = new Map<string, string>()
  const images = new Map<string, string>()
  const stacks: Stack[] = []
  const seen = new Set<string>()
  function visit(name: string): void {
    const artifact = artifacts[name]
    if (!artifact || seen.has(name)) return
    seen.add(name)
    for (const dependency of artifact.dependencies ?? []) visit(dependency)
    if (artifact.type === 'aws:cloudformation:stack') {
      const template = readJson<Template>(join(directory, artifact.properties!['templateFile']!))
      stacks.push({ name: artifact.properties!['stackName'] ?? name, template })
    } else if (artifact.type === 'cdk:asset-manifest') {
      const assets = readJson<AssetManifest>(join(directory, artifact.properties!['file']!))
      for (const [hash, { source }] of Object.entries(assets.files ?? {}))
        if (source.packaging === 'zip' && source.path) files.set(hash, join(directory, source.path))
      for (const [hash, { source }] of Object.entries(assets.dockerImages ?? {}))
        images.set(hash, join(directory, source.directory))
    }
  }
  for (const name of Object.keys(artifacts)) visit(name)
  return { directory, stacks, files, images }
}
