import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Key } from 'aws-cdk-lib/aws-kms'
import { beforeAll, describe, expect, test } from 'vitest'
import { Alarms } from '../../cdk/alarms.ts'
import { bundleCode } from '../../cdk/bundle.ts'
import { configurationOf, readDeployment } from '../../cdk/config.ts'
import { deadLetterQueue } from '../../cdk/dead-letters.ts'
import { CDK_FLAGS } from '../../cdk/flags.ts'
import type { PipelineParts } from '../../cdk/pipeline-parts.ts'
import { PipelineStack } from '../../cdk/pipeline-stack.ts'
import { stages as declared, type StageName, stageNamed } from '../../cdk/rooms.ts'
import { StageFunction } from '../../cdk/stage-function.ts'
import { StoreStack } from '../../cdk/store-stack.ts'
import { close } from '../../functions/closing/stages.ts'
import { declareStage, environmentSchema, named } from '../../functions/contract/stage.ts'
import { mirroredSceneFile } from './mirrored-scene.ts'
import { ofType, type Resource, resourcesIn } from './synthesized.ts'

const context: Record<string, string> = { scenes: 'feed,assistant', sceneFile: mirroredSceneFile() }
const settings = readDeployment((key) => context[key])
const bundles = bundleCode(configurationOf(settings))

function storeIn(): { app: App; store: StoreStack } {
  const app = new App({ context: CDK_FLAGS, stackTraces: false })
  return { app, store: new StoreStack(app, 'QuartermasterStore', settings, {}) }
}
function partsIn(): { stack: Stack; parts: PipelineParts } {
  const { app, store } = storeIn()
  const stack = new Stack(app, 'Pipeline')
  const dataKey = Key.fromKeyArn(stack, 'DataKey', store.dataKeyArn)
  const alarms = new Alarms(stack, 'Alarms', dataKey)
  const deadLetters = deadLetterQueue(stack, 'DeadLetters', dataKey)
  return { stack, parts: { settings, bundles, store, dataKey, alarms, deadLetters } }
}

describe('Bindings', () => {
  const withVariable = declareStage({ ...close, variables: { QUEUE: named } })

  test('A missing binding fails synthesis and names its variable', () => {
    const { stack, parts } = partsIn()
    new StageFunction(stack, withVariable, parts)
    expect(() => Template.fromStack(stack)).toThrow(
      /the environment of close lacks QUEUE: nothing binds it/,
    )
  })

  test('Binding a variable that the stage does not have is refused', () => {
    const { stack, parts } = partsIn()
    const stage = new StageFunction(stack, close, parts)
    expect(() => stage.knows('MODELS_BUCKET' as never, 'x')).toThrow(
      'the environment of close has no MODELS_BUCKET',
    )
  })

  test('Binding one variable to two different values is refused', () => {
    const { stack, parts } = partsIn()
    const stage = new StageFunction(stack, withVariable, parts).knows('QUEUE', 'a')
    expect(() => stage.knows('QUEUE', 'b')).toThrow(/QUEUE of close names two things: a, b/)
  })
})

describe('Stages', () => {
  let functions: Resource[]
  let pipeline: Resource[]
  beforeAll(() => {
    const { app, store } = storeIn()
    const stack = new PipelineStack(app, 'QuartermasterPipeline', settings, bundles, store, {})
    pipeline = resourcesIn(Template.fromStack(stack).toJSON())
    functions = ofType(pipeline, 'AWS::Lambda::Function')
  })
  const variablesOf = ({ properties }: Resource): Record<string, unknown> =>
    (properties['Environment'] as { Variables: Record<string, unknown> }).Variables

  test('Each stage has its name and the environment that its schema declares', () => {
    const stages = functions.map((resource) => variablesOf(resource)['POWERTOOLS_SERVICE_NAME'])
    expect(stages.sort()).toEqual(declared.map(({ stage }) => stage.name).sort())
    for (const resource of functions) {
      const { POWERTOOLS_SERVICE_NAME: stage, ...variables } = variablesOf(resource)
      const declared = Object.keys(environmentSchema(stageNamed(stage as StageName)).shape)
      expect(Object.keys(variables).sort(), String(stage)).toEqual(declared.sort())
    }
  })

  test('Every stage knows its code digest; plan also knows the trainer digest', () => {
    const byStage = new Map(
      functions.map((resource) => {
        const variables = variablesOf(resource)
        return [variables['POWERTOOLS_SERVICE_NAME'] as StageName, variables]
      }),
    )
    for (const [stage, { CODE_DIGEST }] of byStage)
      expect(CODE_DIGEST, stage).toBe(bundles.stages[stage].digest)
    expect(byStage.get('plan')).toMatchObject({
      SAMPLES_DIGEST: bundles.stages.samples.digest,
      TRAINER_DIGEST: bundles.trainer.digest,
    })
    expect(byStage.get('start')).toMatchObject({ TRAINER_DIGEST: bundles.trainer.digest })
  })

  test('Every stage runs Node 24 with its own role and encrypted logs', () => {
    const roles = new Set<string>()
    for (const { id, properties } of functions) {
      expect(properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      })
      roles.add(JSON.stringify(properties['Role']))
    }
    expect(roles.size).toBe(functions.length)
    for (const { id, properties } of ofType(pipeline, 'AWS::Logs::LogGroup')) {
      expect(properties['RetentionInDays'], id).toBe(30)
      expect(JSON.stringify(properties['KmsKeyId']), id).toContain('DataKey')
    }
  })

  test('No stage role has a managed policy', () => {
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Role'))
      expect(properties['ManagedPolicyArns'], id).toBeUndefined()
  })
})
