import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../cdk/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const TOY = join(import.meta.dirname, 'toy-room')
const COPIED = [
  'functions',
  'cdk',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
]

/** What a new room changes outside its folder: the file, a text that is there, and what stands before it then. */
const EDITS: Record<string, [before: string, added: string][]> = {
  'functions/contract/keys.ts': [
    [
      '/** What one run of a tier will do',
      `export const forecastKey = (scene: string, dayMs: number): string =>
  \`forecasts/\${scene}/date=\${dateOf(dayMs)}/forecast.txt\`
export const forecastIndexKey = (scene: string): string => \`forecast-index/\${scene}/newest.txt\`
export const forecastFiles = family('lake', under('forecasts/'), 'lakeRetentionDays', 'no users')
export const forecastIndexes = recordsIn(forecastIndexKey(ANY))

`,
    ],
  ],
  'cdk/rooms.ts': [
    ['import * as intake ', "import * as forecast from '../functions/forecast/stages.ts'\n"],
    ['  train,\n', '  forecast,\n'],
    ['  {\n    samples: ', "  { forecast: 'one forecast for each day' },\n"],
  ],
  'cdk/pipeline-stack.ts': [
    [
      "import { Intake } from './intake.ts'",
      "import { forecast } from '../functions/forecast/stages.ts'\n",
    ],
    ['import type { StoreNames }', "import { StageFunction } from './stage-function.ts'\n"],
    ["    new Intake(this, 'Intake', parts)", '    new StageFunction(this, forecast, parts)\n'],
  ],
  'functions/report/sections.ts': [
    [
      "import type { ObjectStore } from '../core/objects.ts'",
      "import { forecastSection } from '../forecast/section.ts'\n",
    ],
    ["  {\n    id: 'fresh',", '  forecastSection,\n'],
  ],
}

let project: string
let seen: {
  function: { Environment: { Variables: Record<string, unknown> }; MemorySize: number }
  policy: string
  expiry: string[]
  metrics: string[]
  cost: object
  bundle: string
  page: string
  tables: string
}
beforeAll(() => {
  project = temporaryFolder()
  for (const name of COPIED) cpSync(join(ROOT, name), join(project, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  mkdirSync(join(project, 'functions/forecast'))
  for (const name of readdirSync(TOY))
    cpSync(join(TOY, name), join(project, 'functions/forecast', name.replace(/\.txt$/, '')))
  for (const [file, edits] of Object.entries(EDITS)) {
    let text = readFileSync(join(project, file), 'utf8')
    for (const [before, added] of edits) {
      expect(text.split(before), `${file} has "${before}" once`).toHaveLength(2)
      text = text.replace(before, () => added + before)
    }
    writeFileSync(join(project, file), text)
  }
  const program = `
    import { mkdtempSync, readFileSync } from 'node:fs'
    import { App } from 'aws-cdk-lib'
    import { assemble } from './cdk/assemble.ts'
    import { families, METRICS, stageNamed, stages } from './cdk/rooms.ts'
    import { roomTable, stagesDocument } from './cdk/stage-tables.ts'
    import { collectFindings } from './functions/report/collect.ts'
    import { renderPage } from './functions/report/page.ts'
    const outdir = mkdtempSync('${project}/out-')
    const app = new App({ outdir, context: { scenes: 'feed', lakeRetentionDays: 500 }, stackTraces: false })
    assemble(app)
    app.synth()
    const resourcesOf = (stack) =>
      Object.values(JSON.parse(readFileSync(outdir + '/Quartermaster' + stack + '.template.json', 'utf8')).Resources)
    const pipeline = resourcesOf('Pipeline')
    const found = pipeline.find(({ Properties }) =>
      Properties?.Environment?.Variables?.POWERTOOLS_SERVICE_NAME === 'forecast').Properties
    const role = found.Role['Fn::GetAtt'][0]
    const policy = pipeline.find(({ Type, Properties }) =>
      Type === 'AWS::IAM::Policy' && Properties.Roles.some(({ Ref }) => Ref === role))
    const rules = resourcesOf('Store').flatMap(({ Properties }) => Properties?.LifecycleConfiguration?.Rules ?? [])
    const empty = { list: async () => [], query: async () => [], get: async () => null }
    const lake = { ...empty, get: async (key) => new TextEncoder().encode(key) }
    const findings = await collectFindings({ lake, models: empty, registry: empty, online: empty }, ['feed'])
    const manifest = JSON.parse(readFileSync(outdir + '/QuartermasterPipeline.assets.json', 'utf8'))
    const key = found.Code.S3Key.split('.')[0]
    const { handler } = await (async () => {
      Object.assign(process.env, Object.fromEntries(Object.keys(found.Environment.Variables).map((name) => [name, 'x'])))
      process.env.AWS_REGION = 'us-east-1'
      return import(outdir + '/' + manifest.files[key].source.path + '/index.mjs')
    })()
    process.stdout.write(JSON.stringify({
      function: found,
      policy: JSON.stringify(policy.Properties.PolicyDocument.Statement),
      expiry: rules.filter(({ ExpirationInDays }) => ExpirationInDays === 500).map(({ Prefix }) => Prefix),
      metrics: Object.keys(METRICS),
      cost: stageNamed('forecast').cost,
      bundle: typeof handler,
      page: renderPage(findings),
      tables: roomTable() + stagesDocument(stages, families),
    }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, CDK_VALIDATION: 'false' },
  })
  expect(stderr).toBe('')
  seen = JSON.parse(stdout)
}, 120_000)

describe('A new room', () => {
  test('A new room changes at most six files outside its folder', () => {
    // Besides, an example of its request, and its line in the table of rooms: both are held by tests.
    const others = ['test/events/forecast.json', 'README.md']
    expect([...Object.keys(EDITS), ...others].length).toBeLessThanOrEqual(6)
  })

  test('A new room is deployed with the environment that its stage declares', () => {
    expect(Object.keys(seen.function.Environment.Variables).sort()).toEqual([
      'CODE_DIGEST',
      'LAKE_BUCKET',
      'METRICS_NAMESPACE',
      'POWERTOOLS_SERVICE_NAME',
      'REGISTRY_TABLE',
    ])
    expect(seen.function.MemorySize).toBe(256)
    expect(seen.bundle).toBe('function')
  })

  test('A new room reaches only its own key families and table', () => {
    expect(seen.policy).toMatch(/"Action":"s3:GetObject"[^}]*[^{]*"\/forecasts\/\*"/)
    expect(seen.policy).toContain('/forecast-index/*/newest.txt')
    expect(seen.policy).toMatch(/"dynamodb:GetItem","dynamodb:Query"/)
    expect(seen.policy).not.toMatch(/dynamodb:PutItem|\/samples\/|s3:DeleteObject|s3:ListBucket/)
  })

  test('The tables of the documentation show a new room', () => {
    for (const row of [
      '| [`functions/forecast`](functions/forecast) | one forecast for each day |',
      '| `forecast` | forecast | Keeps one forecast for each day | 256 | 1 | a schedule | registry: read |',
      '| forecast files | lake | `forecasts/*` | `forecast` | `forecast`, `erase` | `lakeRetentionDays` | no |',
    ])
      expect(seen.tables).toContain(row)
  })

  test('The lifecycle of the lake expires the families that say so', () => {
    expect(seen.expiry).toContain('forecasts/')
    expect(seen.expiry.join(' ')).not.toContain('forecast-index')
  })

  test('A new room brings its metric, cost class and page section', () => {
    expect(seen.metrics).toContain('ForecastsKept')
    expect(seen.cost).toEqual({
      invokedBy: 'schedule',
      requestsGrowWith: 'runs',
      bytesGrowWith: 'runs',
    })
    expect(seen.page).toContain(
      '<h2 id="forecast">Forecast</h2>\n<p>forecast-index/feed/newest.txt</p>',
    )
  })

  test('The sources of a new room agree with the types around them', () => {
    writeFileSync(
      join(project, 'tsconfig.json'),
      readFileSync(join(ROOT, 'tsconfig.json'), 'utf8').replace(
        /"include": \[.*\]/,
        '"include": ["cdk", "functions"]',
      ),
    )
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
    const { stdout } = spawnSync(tsc, ['--noEmit'], { cwd: project, encoding: 'utf8' })
    expect(stdout).toBe('')
  }, 120_000)
})
