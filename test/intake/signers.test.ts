import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { anticheatSchema } from '../../functions/contract/anticheat.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { s3Store } from '../../functions/core/s3.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { openS3, put, s3 } from '../local/s3-endpoint.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { readmeBlock } from '../readme/blocks.ts'
import { APP, signed } from './signed-drops.ts'
import { ARRIVAL_MS, good, scene } from './take-in.ts'

openS3()
const folder = mkdtempSync(join(tmpdir(), 'signers-'))
afterAll(() => rmSync(folder, { recursive: true }))

const KEY = rawKey('feed', 'events', 'ümlaut und Leerzeichen/ドロップ.jsonl')
const BODY = good({ itemId: 'naïve ✓' })
const body = join(folder, 'body.jsonl')
writeFileSync(body, BODY)
const GIVEN = { key: KEY, producer: 'app', secret: APP, signedMs: ARRIVAL_MS - 1000 }

/** What a signer of the README answers, as a program of its own. */
function metadataBy(program: string, name: string, script: string): Record<string, string> {
  const path = join(folder, name)
  writeFileSync(path, script)
  const { stdout, stderr, status } = spawnSync(program, [path, body, JSON.stringify(GIVEN)], {
    encoding: 'utf8',
  })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return JSON.parse(stdout)
}
const byNode = () =>
  metadataBy(
    process.execPath,
    'sign.mjs',
    `${readmeBlock('Signed drops', 'createHmac')}
import { readFileSync } from 'node:fs'
const { key, producer, secret, signedMs } = JSON.parse(process.argv[3])
console.log(JSON.stringify(sign(readFileSync(process.argv[2]), key, producer, secret, signedMs)))`,
  )
const byPython = () =>
  metadataBy(
    'python3',
    'sign.py',
    `${readmeBlock('Signed drops', 'import hashlib')}
import json, sys
given = json.loads(sys.argv[2])
body = open(sys.argv[1], "rb").read()
print(json.dumps(sign(body, given["key"], given["producer"], given["secret"], given["signedMs"])))`,
  )
const hasPython = spawnSync('python3', ['--version']).status === 0

/** Takes in an object of the local S3 endpoint. */
async function takeFromS3(metadata: Record<string, string>) {
  await put(KEY, BODY, { Metadata: metadata })
  const anticheat = anticheatSchema.parse({ signatures: { producers: ['app'] } })
  const { account } = await intakeDrop(
    {
      raw: s3Store('plain', s3),
      lake: memoryObjects('lake'),
      quarantine: memoryObjects('quarantine'),
      configuration: { scenes: { feed: { ...scene, anticheat } } },
      identityKey: 'secret',
      producerKeys: async () => ({ app: [APP] }),
      codeDigest: 'code',
    },
    { rawKey: KEY, versionId: null, arrivalMs: ARRIVAL_MS, drop: 'd'.repeat(32) },
  )
  return account
}

describe('The signers of the README', () => {
  test('The Node signer signs as intake checks', () => {
    expect(byNode()).toEqual(signed(BODY, GIVEN))
  })

  test.skipIf(!hasPython)('The Python signer signs as intake checks', () => {
    expect(byPython()).toEqual(signed(BODY, GIVEN))
  })

  test('A signature comes through S3 with its object', async () => {
    const account = await takeFromS3(byNode())
    expect([account.refused, account.accepted]).toEqual([null, 1])
    const unsigned = await takeFromS3({})
    expect(unsigned.refused?.reason).toBe('unsigned')
  })
})
