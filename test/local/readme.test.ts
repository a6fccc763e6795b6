import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { callerIdentityService } from '../../cdk/local/caller-identity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import { createFunctionPool } from '../../cdk/local/lambda/function-pool.ts'
import { createLogLines } from '../../cdk/local/logs/lines.ts'
import { logsService } from '../../cdk/local/logs/service.ts'
import { createSageMaker } from '../../cdk/local/sagemaker/service.ts'
import { secretsService } from '../../cdk/local/secrets.ts'
import { createQueues } from '../../cdk/local/sqs/queues.ts'
import { sqsService } from '../../cdk/local/sqs/service.ts'
import { createStateMachines } from '../../cdk/local/step-functions.ts'
import { IDLE_TYPES, RESOURCE_TYPES } from '../../cdk/local/template/resource-types.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const README = readFileSync(join(ROOT, 'cdk', 'local', 'README.md'), 'utf8')
const codesIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
const rowsUnder = (heading: string): string[][] =>
  README.split(`\n## ${heading}\n`)[1]!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => /^\|.*`/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
const documented = new Map(
  rowsUnder('Services').map(([, name, operations]) => [
    codesIn(name!)[0]!,
    codesIn(operations!).sort(),
  ]),
)

let endpoint: Endpoint
const folder = mkdtempSync(join(tmpdir(), 'local-readme-'))
const functions = openFunctions()
function openShared() {
  const activity = createActivity()
  const clock = createClock(0, activity)
  const usage = { invocation: () => {}, memory: () => {}, request: () => {} }
  return { activity, clock, usage, bus: { publish: () => {} } }
}
function openFunctions() {
  return createFunctionPool({
    ...openShared(),
    declarations: [],
    endpointUrl: 'http://127.0.0.1:9',
    logDirectory: join(folder, 'logs'),
    temporaryDirectory: join(folder, 'tmp'),
    credentials: () => ({ accessKeyId: 'x', secretAccessKey: 'x', sessionToken: 'x' }),
    onLost: () => {},
  })
}
beforeAll(async () => {
  const shared = openShared()
  const sagemaker = createSageMaker({
    ...shared,
    images: new Map(),
    folder: join(folder, 'jobs'),
    logPath: join(folder, 'jobs.log'),
    s3Of: () => endpoint.s3Client(),
    environmentOf: () => ({}),
  })
  const services = [
    sqsService(createQueues([], shared.clock)),
    secretsService([], 1),
    sagemaker,
    functions,
    createStateMachines({ ...shared, machines: [], invoker: functions }),
    logsService(createLogLines([], () => 0)),
    callerIdentityService(),
  ]
  endpoint = await openEndpoint({ services })
})
afterAll(async () => {
  await functions.close()
  await endpoint.close()
  rmSync(folder, { recursive: true })
})

/** A request for an operation that no service has; the answer lists what there is. */
async function listOperations(signingName: string): Promise<string[]> {
  const authorization = `AWS4-HMAC-SHA256 Credential=OPERATOR/20260105/us-east-1/${signingName}/aws4_request`
  const target = signingName === 'sqs' ? 'AmazonSQS.Undo' : 'Service.Undo'
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: { authorization, 'x-amz-target': target },
    body: signingName === 'sts' ? 'Action=Undo' : '{}',
  })
  const [, list = ''] = /; it has ([\w, ]+)/.exec(await response.text()) ?? []
  return list.split(', ').sort()
}

type Client = { send(command: never): Promise<unknown> }
/** Whether an operation is answered, if only by what is wrong with this request. */
async function isAnswered(client: Client, commands: object, operation: string): Promise<boolean> {
  const Command = (commands as Record<string, new (input: object) => never>)[`${operation}Command`]!
  const input = {
    ...{ Bucket: 'plain', Key: 'key', CopySource: 'plain/key', FunctionName: 'none' },
    ...{ UploadId: 'none', PartNumber: 1, MultipartUpload: { Parts: [] }, Body: 'text' },
    Delete: { Objects: [{ Key: 'key' }] },
  }
  return client.send(new Command(input)).then(
    () => true,
    ({ name }: Error) => !['NotImplemented', 'UnsupportedOperation'].includes(name),
  )
}

describe('The local cloud README', () => {
  test('The README names every service', async () => {
    const response = await fetch(endpoint.url, {
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=OPERATOR/20260105/us-east-1/none/aws4_request',
      },
    })
    const [, list = ''] = /; it has ([\w, ]+)/.exec(await response.text())!
    expect([...documented.keys()].sort()).toEqual(list.split(', ').sort())
  })

  test.each(['dynamodb', 'sqs', 'states', 'sagemaker', 'secretsmanager', 'logs', 'sts'])(
    'The README names every operation of %s and no other',
    async (signingName) => {
      expect(documented.get(signingName)).toEqual(await listOperations(signingName))
    },
  )

  test('The README names only S3 operations that the emulator answers', async () => {
    const client = endpoint.s3Client()
    for (const operation of documented.get('s3')!)
      expect(await isAnswered(client, s3, operation), operation).toBe(true)
    for (const operation of ['GetObjectTagging', 'ListObjectVersions', 'CreateBucket'])
      expect(await isAnswered(client, s3, operation), operation).toBe(false)
  })

  test('The README names only supported Lambda operations', async () => {
    const client = new lambda.LambdaClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
      maxAttempts: 1,
    })
    for (const operation of documented.get('lambda')!)
      expect(await isAnswered(client, lambda, operation), operation).toBe(true)
    for (const operation of ['DeleteFunction', 'GetPolicy', 'ListAliases'])
      expect(await isAnswered(client, lambda, operation), operation).toBe(false)
    client.destroy()
  })

  test('The README names every resource type that a template may have', () => {
    const rows = rowsUnder('Resource types').map(([type, text]) => [codesIn(type!)[0]!, text!])
    expect(rows.map(([type]) => type)).toEqual([
      ...Object.keys(RESOURCE_TYPES),
      ...Object.keys(IDLE_TYPES),
    ])
    for (const [type, reason] of Object.entries(IDLE_TYPES))
      expect(rows.find(([name]) => name === type)![1]).toBe(`needs nothing: ${reason}`)
  })
})
