import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { DAY_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { AS_BY_COMMAND, synthesize } from '../cdk/synthesized.ts'

const START_MS = Date.UTC(2026, 0, 5)
const PIPELINE = 'QuartermasterPipeline.template.json'
const folder = mkdtempSync(join(tmpdir(), 'grants-'))
let assembly: string
const clouds: Cloud[] = []
beforeAll(() => {
  assembly = synthesize({ scenes: 'feed', ...AS_BY_COMMAND })
}, 60_000)
afterAll(async () => {
  await Promise.all(clouds.map((cloud) => cloud.close()))
  rmSync(folder, { recursive: true, force: true })
})

interface Policy {
  Type: string
  Properties: { PolicyDocument: { Statement: { Action: string | string[] }[] } }
}
/** The synthesized app, without the actions of the policies whose logical ids begin so. */
function without(taken: Readonly<Record<string, readonly string[]>>): string {
  const copy = mkdtempSync(join(folder, 'assembly-'))
  for (const name of readdirSync(assembly))
    if (name.startsWith('asset.')) symlinkSync(join(assembly, name), join(copy, name))
    else cpSync(join(assembly, name), join(copy, name))
  const template = JSON.parse(readFileSync(join(copy, PIPELINE), 'utf8'))
  for (const [policy, actions] of Object.entries(taken)) {
    const found = Object.entries<Policy>(template.Resources).filter(
      ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(policy),
    )
    expect(found, policy).toHaveLength(1)
    const { PolicyDocument } = found[0]![1].Properties
    const before = JSON.stringify(PolicyDocument)
    for (const statement of PolicyDocument.Statement)
      statement.Action = [statement.Action].flat().filter((action) => !actions.includes(action))
    expect(JSON.stringify(PolicyDocument)).not.toBe(before)
  }
  writeFileSync(join(copy, PIPELINE), JSON.stringify(template))
  return copy
}
async function start(directory: string): Promise<Cloud> {
  const root = mkdtempSync(join(folder, 'root-'))
  const cloud = await startCloud({ assembly: directory, root, startMs: START_MS, seed: 1 })
  clouds.push(cloud)
  return cloud
}
const functionOf = (cloud: Cloud, stage: string) =>
  cloud.functions.deliverTo(cloud.declarations.functions.find((each) => each.stage === stage)!.name)
const lettersOf = (cloud: Cloud) =>
  cloud.queues.find(
    cloud.queues.list().find(({ declaration }) => /DeadLetters/.test(declaration.name))!.declaration
      .arn,
  )

describe('The deployed app', () => {
  test('An event whose function always fails ends in its dead-letter queue', async () => {
    const cloud = await start(assembly)
    await functionOf(cloud, 'report')({ scene: 'none' })
    await cloud.clock.advanceTo(START_MS + 4 * MINUTE_MS)
    const [letter] = lettersOf(cloud).receive(1)
    expect(JSON.parse(letter!.body)).toEqual({ scene: 'none' })
    expect(cloud.usage.stages()['report']).toMatchObject({ invocations: 3, failures: 3 })
  })
})

describe('Removed grants', () => {
  test('The app does not start without the grants of an event source', async () => {
    for (const action of ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'])
      await expect(start(without({ IntakeRoleDefaultPolicy: [action] }))).rejects.toThrow(
        new RegExp(`intake .* is not authorized to perform ${action} on arn:aws:sqs:`),
      )
  })

  test('Missing grants make deliveries of schedules and functions fail', async () => {
    const cloud = await start(
      without({
        RunSchedulesRoleDefaultPolicy: ['states:StartExecution'],
        ReportSchedulesRoleDefaultPolicy: ['lambda:InvokeFunction', 'sqs:SendMessage'],
        ReportRoleDefaultPolicy: ['sqs:SendMessage'],
      }),
    )
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await functionOf(cloud, 'report')({ scene: 'none' })
    await cloud.clock.advanceTo(START_MS + DAY_MS)
    const lines = said.mock.calls.map(([line]) => String(line))
    said.mockRestore()
    // No retry mends what is not allowed: at its own hour each firing is a dead letter.
    expect(cloud.executions()).toEqual([])
    expect(lettersOf(cloud).counts().visible).toBeGreaterThan(20)
    const denied = (action: string) => expect.stringMatching(`not authorized to perform ${action}`)
    expect(lines).toEqual([
      expect.stringMatching(/^delivery lost: arn:.*[Rr]eport.*ReportRole\w*\) is not authorized/),
      denied('sqs:SendMessage'),
    ])
  })
})
