import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { stages as declared, type StageName } from '../../cdk/rooms.ts'
import { reportKey } from '../../functions/contract/keys.ts'
import { objectCreatedSchema } from '../../functions/intake/drop.ts'
import { COMMANDS, readmeBlock, readmeCommands } from '../readme/blocks.ts'
import { AS_BY_COMMAND, synthesize } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

const EVENTS = join(import.meta.dirname, '..', 'events')
const readEvent = (name: string): unknown =>
  JSON.parse(readFileSync(join(EVENTS, `${name}.json`), 'utf8'))
const drop = readFileSync(join(EVENTS, 'drop.jsonl'))
const { Parameters: parameters } = readEvent('environment') as {
  Parameters: Record<string, string>
}

const REQUESTS = declared.flatMap(({ stage: { name, request } }) =>
  request ? [[name, request] as const] : [],
)
// The others are deployed for scenes with search, or with a graph: test/*/local-cloud.test.ts run them.
const ELSEWHERE = ['search-index', 'reader', 'graph']
const stages = declared
  .filter(({ room }) => !ELSEWHERE.includes(room))
  .map(({ stage }) => stage.name)

interface FunctionResource {
  Type: string
  Properties: Record<string, unknown> & { Environment: { Variables: Record<string, unknown> } }
  Metadata: Record<string, string>
}
let assembly: string
let functions: Map<string, { id: string; resource: FunctionResource }>
let cloud: Cloud
beforeAll(async () => {
  assembly = synthesize({
    scenes: 'feed',
    endpointUrl: parameters['AWS_ENDPOINT_URL'],
    ...AS_BY_COMMAND,
  })
  const { Resources } = JSON.parse(
    readFileSync(join(assembly, 'QuartermasterPipeline.template.json'), 'utf8'),
  ) as { Resources: Record<string, FunctionResource> }
  functions = new Map(
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id, resource]) => [
        resource.Properties.Environment.Variables['POWERTOOLS_SERVICE_NAME'] as string,
        { id, resource },
      ]),
  )
  const startMs = Date.parse('2026-01-05T11:00:00Z')
  cloud = await startCloud({ assembly, root: temporaryFolder(), startMs, seed: 1 })
})
afterAll(() => cloud?.close())

describe('The sam local tool', () => {
  test('The tool sam local finds code, handler and runtime of every function', () => {
    expect([...functions.keys()].sort()).toEqual([...stages].sort())
    for (const [stage, { resource }] of functions) {
      expect(resource.Metadata, stage).toMatchObject({
        'aws:asset:property': 'Code',
        'aws:asset:is-bundled': false,
      })
      const folder = join(assembly, resource.Metadata['aws:asset:path']!)
      expect(readdirSync(folder), stage).toContain('index.mjs')
      expect(resource.Properties, stage).toMatchObject({
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
      })
    }
  })

  test('The README command for sam local uses an existing function and event', () => {
    const section = 'One function in a container: sam local'
    const [sam] = readmeCommands('One function in a container: sam local', 'sam')
    const [, local, invoke, ...words] = sam!.words
    expect([local, invoke]).toEqual(['local', 'invoke'])
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        template: { type: 'string', short: 't' },
        event: { type: 'string', short: 'e' },
        'env-vars': { type: 'string' },
      },
    })
    expect(values.template).toBe('cdk.out/QuartermasterPipeline.template.json')
    expect(positionals).toEqual([functions.get('intake')!.id])
    expect(values.event).toBe('test/events/intake.json')
    expect(values['env-vars']).toBe('test/events/environment.json')

    const [copy] = readmeCommands('One function in a container: sam local', 'aws')
    const { Records } = readEvent('intake') as { Records: { body: string }[] }
    const { detail } = objectCreatedSchema.parse(JSON.parse(Records[0]!.body))
    const [from, to] = copy!.words.slice(-2)
    expect(from).toBe('test/events/drop.jsonl')
    expect(to).toBe(`s3://${detail.bucket.name}/${detail.object.key}`)
    const [synth] = COMMANDS.filter(
      ({ section: of, words: [, tool] }) => of === section && tool === 'cdk',
    )
    expect(synth!.words.at(-1)).toBe(`endpointUrl=${parameters['AWS_ENDPOINT_URL']}`)
    const [up] = COMMANDS.filter(
      ({ section: of, words: [, run] }) => of === section && run === 'run',
    )
    const { port } = new URL(parameters['AWS_ENDPOINT_URL']!)
    expect(up!.words.join(' ')).toContain(`--host 0.0.0.0 --port ${port}`)
    expect(copy!.words).toContain(`http://127.0.0.1:${port}`)
  })

  test('Function code has no native modules, so it runs on every processor', () => {
    for (const [stage, { resource }] of functions) {
      const folder = join(assembly, resource.Metadata['aws:asset:path']!)
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      const known = ['index.mjs', 'configuration.json']
      expect(
        files.filter((file) => !known.includes(file)),
        stage,
      ).toEqual([])
      // A native module is loaded by a file of its own, or by this call.
      const code = readFileSync(join(folder, 'index.mjs'), 'utf8')
      expect(code.includes('process.dlopen('), stage).toBe(false)
      expect(/require\(["'][^"']+\.node["']\)/.test(code), stage).toBe(false)
    }
  })

  test('The environment file holds local cloud values for all unresolved variables', () => {
    const named = new Set<string>()
    for (const declaration of cloud.declarations.functions) {
      const { Variables } = functions.get(declaration.stage)!.resource.Properties.Environment
      // Sam sets only what is declared, and leaves what another stack exports empty.
      expect(Variables, declaration.stage).toHaveProperty('AWS_ENDPOINT_URL')
      for (const [variable, value] of Object.entries(Variables)) {
        // The image's name holds the digest of its code; sam resolves it by itself.
        if (typeof value === 'string' || variable === 'TRAINING_IMAGE') continue
        expect(parameters[variable], variable).toBe(declaration.environment[variable])
        named.add(variable)
      }
    }
    expect(Object.keys(parameters).sort()).toEqual([...named, 'AWS_ENDPOINT_URL'].sort())
  })
})

describe('Example events', () => {
  test.each(REQUESTS)('The stage %s accepts its example event', (stage, schema) => {
    expect(schema.safeParse(readEvent(stage)).error).toBeUndefined()
  })

  test('The intake event is an SQS batch that holds an S3 event', () => {
    const { Records } = readEvent('intake') as { Records: { body: string }[] }
    const { detail } = objectCreatedSchema.parse(JSON.parse(Records[0]!.body))
    expect(detail.object.size).toBe(drop.byteLength)
    expect(detail.bucket.name).toBe(parameters['RAW_BUCKET'])
  })
})

describe('Functions behind the runtime interface', () => {
  const planKey = (readEvent('close') as { planKey: string }).planKey
  const planned = readEvent('plan') as object
  const { scheduledTime } = readEvent('start') as { scheduledTime: string }
  const full = { tier: 'full', scheduledTime }
  /** In the order of the data: each leaves what the next one's event names. */
  const ANSWERS: [StageName, unknown, event?: unknown][] = [
    ['intake', { batchItemFailures: [] }],
    ['near-line', { batchItemFailures: [] }],
    ['plan', { scene: 'feed', tier: 'hourly', planKey, closingPieces: [0], screenPieces: [0] }],
    ['close', null],
    ['screen', null],
    ['verdicts', readEvent('verdicts')],
    ['states', null],
    ['fold', null],
    ['advance', readEvent('advance')],
    // What is screened can be trained on.
    ['plan', { ...full, closingPieces: [], samplePieces: [0] }, { ...planned, ...full }],
    ['samples', null],
    ['start', { executor: 'none', reason: expect.stringMatching(/^\d+ samples, fewer than/) }],
    ['evaluate', { verdict: 'ignored' }],
    ['embed', { result: 'empty' }],
    ['place', { closedThroughMs: null }],
    ['parity', { values: 0 }],
    ['report', { key: reportKey('feed') }],
    ['freeze', { subject: 'hourly', isHeld: true }],
    ['thaw', { subject: 'hourly', isHeld: false }],
    ['exclude', {}],
    ['exclude-cheats', []],
    ['flag', { statement: { kind: 'flag' } }],
    ['clear', { statement: { kind: 'clear' } }],
    ['forget', {}],
    ['erase', { isDone: true }],
    ['run', {}],
    ['lineage', {}],
    ['features', { features: expect.arrayContaining([expect.objectContaining({ name: 'user' })]) }],
    ['collect', {}],
  ]
  /** Of a version that only a run can make: the answer names what is missing. */
  const REFUSALS: [StageName, { errorType: string; errorMessage: RegExp }][] = [
    // It may not list, and so is not told that what it asks for is not there.
    ['increment', { errorType: 'AccessDenied', errorMessage: /ListBucket|not allowed|denied/i }],
    ['release', { errorType: 'InvalidInput', errorMessage: /is not registered: only an accepted/ }],
    ['rollback', { errorType: 'InvalidInput', errorMessage: /^nothing is served yet/ }],
    ['explain', { errorType: 'InvalidInput', errorMessage: /^nothing is served yet/ }],
    ['promote', { errorType: 'InvalidInput', errorMessage: /served yet|on trial/ }],
  ]
  const nameOf = (stage: StageName): string =>
    cloud.declarations.functions.find((each) => each.stage === stage)!.name

  test('Every function is tried with its example event', () => {
    const tried = [...ANSWERS, ...REFUSALS].map(([stage]) => stage)
    expect([...new Set(tried)].sort()).toEqual([...stages].sort())
  })

  test('Each function works, or explains in one sentence what its event lacks', async () => {
    await cloud.raw.put('raw/feed/events/drop.jsonl', drop)
    for (const [stage, expected, event = readEvent(stage)] of ANSWERS) {
      const { payload, functionError } = await cloud.functions.invoke(nameOf(stage), event)
      expect(functionError, `${stage}: ${JSON.stringify(payload)}`).toBeNull()
      if (expected === null) expect(payload, stage).toBeNull()
      else expect(payload, stage).toMatchObject(expected as object)
    }
    for (const [stage, { errorType, errorMessage }] of REFUSALS) {
      const { payload, functionError } = await cloud.functions.invoke(
        nameOf(stage),
        readEvent(stage),
      )
      expect(functionError, stage).toBe('Unhandled')
      const fault = payload as { errorType: string; errorMessage: string }
      expect(fault.errorType, stage).toBe(errorType)
      expect(fault.errorMessage, stage).toMatch(errorMessage)
    }
  })

  test('Function logs carry correlation ids and metrics, but no user identifiers', () => {
    const lines = stages.flatMap((stage) =>
      readFileSync(join(cloud.logs, `${stage}.log`), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    )
    const said = (message: string) => lines.filter((line) => line['message'] === message)
    for (const line of said('drop taken in')) {
      expect(line).toMatchObject({ RecordsAccepted: 15, RecordsQuarantined: 1, scene: 'feed' })
      expect(line['correlation_id']).toBe(line['drop'])
      expect(line).toHaveProperty('_aws.CloudWatchMetrics')
    }
    expect(said('drop taken in').length).toBeGreaterThan(0)
    const shown = JSON.parse(
      readmeBlock('Alarms, dashboard and logs', 'drop taken in').replace('{…}', '{}'),
    )
    expect(Object.keys(said('drop taken in')[0]!)).toEqual(
      expect.arrayContaining(Object.keys(shown)),
    )
    const fullKey = (readEvent('samples') as { planKey: string }).planKey
    const followed = { 'run planned': planKey, 'hours closed': planKey, 'samples made': fullKey }
    for (const [message, key] of Object.entries({ ...followed, 'run started': fullKey }))
      expect(said(message)[0], message).toMatchObject({ correlation_id: key })
    expect(said('job judged')[0]).toMatchObject({ correlation_id: 'full-20260112-0123abcd' })
    for (const stage of stages) {
      const text = readFileSync(join(cloud.logs, `${stage}.log`), 'utf8')
      expect(text, stage).not.toMatch(/reader-|@example\.com|story-\d|request-\d/)
    }
  })
})
