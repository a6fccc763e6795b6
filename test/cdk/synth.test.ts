import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { AwsSolutionsChecks } from 'cdk-nag'
import { beforeAll, describe, expect, test } from 'vitest'
import { assemble } from '../../cdk/assemble.ts'
import { AS_BY_COMMAND, resourcesOf, synthesize } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** What the local cloud brings up; it refuses anything else. */
const TYPES = new Set([
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
])

/** Every file of an assembly by its path. */
function filesOf(assembly: string): Map<string, Buffer> {
  const names = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(assembly, name)).isFile())
  return new Map(files.map((name) => [name, readFileSync(join(assembly, name))]))
}

/** The command that a person types, without an account, a home or a network to ask. */
function cdkSynth(...context: string[]) {
  const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const output = temporaryFolder()
  const args = [cdk, 'synth', '--quiet', '--output', output]
  const { status, stderr } = spawnSync(
    process.execPath,
    [...args, ...context.flatMap((pair) => ['--context', pair])],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: temporaryFolder(),
        CI: 'true',
        AWS_EC2_METADATA_DISABLED: 'true',
        HTTPS_PROXY: 'http://127.0.0.1:9',
        HTTP_PROXY: 'http://127.0.0.1:9',
      },
    },
  )
  return { output, status, stderr }
}

/** What is deployed: templates and assets, without the notes on where a construct was made. */
const deployedOf = (assembly: string): Map<string, Buffer> =>
  new Map(
    [...filesOf(assembly)].filter(([name]) => /\.(template|assets)\.json$|^asset\./.test(name)),
  )

describe('Synthesis', () => {
  let assembly: string
  beforeAll(() => {
    const { output, status, stderr } = cdkSynth('scenes=feed,movielens,open-bandit')
    if (status !== 0) throw new Error(stderr)
    assembly = output
  })

  test('Synthesis needs no account or network and declares only supported resources', () => {
    const types = (['Store', 'Pipeline'] as const).flatMap((stack) =>
      resourcesOf(assembly, stack).map(({ type }) => type),
    )
    expect(types.length).toBeGreaterThan(50)
    expect(types.filter((type) => !TYPES.has(type))).toEqual([])
    const { dockerImages } = JSON.parse(
      readFileSync(join(assembly, 'QuartermasterPipeline.assets.json'), 'utf8'),
    ) as { dockerImages: object }
    expect(Object.keys(dockerImages)).toHaveLength(1)
  })

  test('Synthesis writes the same bytes in every process and folder', () => {
    const first = deployedOf(assembly)
    const second = deployedOf(
      synthesize({
        scenes: 'feed,movielens,open-bandit',
        ...AS_BY_COMMAND,
      }),
    )
    expect([...first.keys()]).toEqual([...second.keys()])
    expect(first.size).toBeGreaterThan(20)
    for (const [name, bytes] of first) expect(bytes.equals(second.get(name)!), name).toBe(true)
  })

  test('Synthesis of an invalid scene ends with one sentence, without stack trace', () => {
    const scene = JSON.parse(readFileSync(join(ROOT, 'cdk', 'scenes', 'feed.json'), 'utf8'))
    const path = join(temporaryFolder(), 'mine.json')
    writeFileSync(path, JSON.stringify({ ...scene, latenessMinutes: -1 }))
    const { status, stderr } = cdkSynth(`sceneFile=${path}`)
    expect(status).toBe(1)
    expect(stderr.split('\n')[0]).toBe(
      `${path}: latenessMinutes: Too small: expected number to be >=0, got -1`,
    )
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe('The security rules', () => {
  test('The security rules pass, and one unprotected bucket fails the synthesis', () => {
    const outdir = temporaryFolder()
    const app = new App({ context: { scenes: 'feed' }, outdir, stackTraces: false })
    const { pipeline } = assemble(app)
    const rules = new AwsSolutionsChecks()
    expect(rules.validateScope(app).violations).toEqual([])
    new Bucket(pipeline, 'Bare')
    const found = rules.validateScope(app).violations.map(({ ruleName }) => ruleName)
    expect(found).toContain('AwsSolutions-S10')
    expect(() => app.synth()).toThrow(/validation/i)
  })
})
