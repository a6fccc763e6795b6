import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import { assemble } from '../../cdk/assemble.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface Resource {
  id: string
  type: string
  properties: Record<string, unknown>
  deletionPolicy: string | undefined
}
export interface Statement {
  effect: string
  actions: string[]
  resources: string[]
  conditions: Record<string, Record<string, unknown>>
}

/** Of this process, by what they were made of. */
const assemblies = new Map<string, string>()

/**
 * Synthesizes in this process, under the security rules. Who asks for the same again, by the content
 * of the scene's file, gets the same folder.
 */
export function synthesize(context: Record<string, unknown>): string {
  const { sceneFile } = context
  const scene = typeof sceneFile === 'string' ? readFileSync(sceneFile, 'utf8') : null
  const inputs = JSON.stringify({ ...context, sceneFile: scene })
  const kept = assemblies.get(inputs)
  if (kept !== undefined) return kept
  const outdir = temporaryFolder()
  const app = new App({ outdir, context, stackTraces: false })
  assemble(app)
  app.synth()
  assemblies.set(inputs, outdir)
  return outdir
}

/** As the command line sets it: templates name the assets that the local cloud runs. */
export const AS_BY_COMMAND = {
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:enable-path-metadata': true,
}

interface Template {
  Resources: Record<
    string,
    { Type: string; Properties?: Record<string, unknown>; DeletionPolicy?: string }
  >
}

export const resourcesIn = (template: unknown): Resource[] =>
  Object.entries((template as Template).Resources).map(([id, resource]) => ({
    id,
    type: resource.Type,
    properties: resource.Properties ?? {},
    deletionPolicy: resource.DeletionPolicy,
  }))

export const resourcesOf = (assembly: string, stack: 'Store' | 'Pipeline'): Resource[] =>
  resourcesIn(
    JSON.parse(readFileSync(join(assembly, `Quartermaster${stack}.template.json`), 'utf8')),
  )

export const ofType = (resources: readonly Resource[], type: string): Resource[] =>
  resources.filter((resource) => resource.type === type)

/** A reference as short text: `Lake/samples/*`, `DataKey`, `<TrainTrainingRole.Arn>`. */
export const shortName = (reference: unknown): string =>
  flattenCfnReference(reference)
    .replace(
      /QuartermasterStore:ExportsOutput(?:FnGetAtt|Ref)([A-Z][A-Za-z]*?)[0-9A-F]{8}(?:Arn)?[0-9A-F]{8}/,
      '$1',
    )
    .replace(/^<([A-Za-z]+?)[0-9A-F]{8}\.Arn>/, '$1')

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** Statements of a policy document, names shortened. */
export function statementsOf(document: unknown): Statement[] {
  const { Statement } = document as { Statement: Record<string, unknown>[] }
  return Statement.map((statement) => ({
    effect: statement['Effect'] as string,
    actions: listOf(statement['Action']) as string[],
    resources: listOf(statement['Resource']).map(shortName),
    conditions: (statement['Condition'] ?? {}) as Statement['conditions'],
  }))
}

/** Every statement of the role whose logical id begins so. */
export function statementsOfRole(resources: readonly Resource[], role: string): Statement[] {
  const policies = ofType(resources, 'AWS::IAM::Policy').filter(({ properties }) =>
    (properties['Roles'] as { Ref: string }[]).some(({ Ref }) =>
      new RegExp(`^${role}[0-9A-F]{8}$`).test(Ref),
    ),
  )
  return policies.flatMap(({ properties }) => statementsOf(properties['PolicyDocument']))
}
