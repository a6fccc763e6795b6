import { describe, expect, test } from 'vitest'
import { anticheatSchema } from '../../functions/contract/anticheat.ts'
import { eventSchema } from '../../functions/contract/events.ts'
import { logsSchema } from '../../functions/contract/logs.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { servedSchema } from '../../functions/contract/served.ts'
import { isRecord, NO_FACTS } from '../../functions/intake/adapters/adapter.ts'
import { ADAPTERS } from '../../functions/intake/adapters/formats.ts'
import { isFlaw } from '../../functions/intake/json-record.ts'
import { makeScene } from '../make/scene.ts'
import { readmeBlock } from './blocks.ts'

/** JSON with comments, as the README annotates it. */
const withoutComments = (text: string): string => text.replaceAll(/\/\/ .*$/gm, '')

describe('README records', () => {
  test('The README shows only events that the contract accepts', () => {
    const lines = readmeBlock('JSON Lines', '"impression"').trim().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) eventSchema.parse(JSON.parse(line))
  })

  test('The line of served cells that the README shows is valid', () => {
    const line = readmeBlock('Served values beside those of samples', '"served"')
    expect(servedSchema.safeParse(JSON.parse(line)).error).toBeUndefined()
  })

  test.each([
    ['personalize', readmeBlock('Amazon Personalize', 'USER_ID'), 4],
    ['metarank', readmeBlock('Metarank', '"ranking"'), 4],
  ] as const)('The README shows lines of %s that intake reads', (format, text, records) => {
    const reader = ADAPTERS[format].open('events', makeScene(), NO_FACTS)
    const read = text.split('\n').map((line) => reader.read(line))
    const made = read.flatMap((answer) => (answer === null || isFlaw(answer) ? [] : [...answer]))
    expect(read.filter((answer) => answer !== null && isFlaw(answer))).toEqual([])
    expect(made.filter(isRecord)).toHaveLength(records)
    expect(made).toHaveLength(records)
  })

  test.each([
    ['personalize', readmeBlock('Amazon Personalize', '"impressionEvents"')],
    ['personalize', readmeBlock('Amazon Personalize', '"RATING": 7')],
    ['ga4', readmeBlock('Google Analytics, Segment, Snowplow', '"logs"')],
    ['accessLog', readmeBlock('Access logs', '"logs"')],
  ] as const)('The README settings of %s are valid in a scene', (format, text) => {
    const { logs } = JSON.parse(`{${text}}`)
    expect(logsSchema.parse(logs)[format]).toMatchObject(logs[format])
  })

  test('The settings of signatures that the README shows are valid', () => {
    const text = withoutComments(readmeBlock('Signed drops', '"producers"'))
    const { anticheat } = JSON.parse(`{${text}}`)
    expect(anticheatSchema.parse(anticheat)).toMatchObject(anticheat)
  })

  test('The mapping that the README shows is valid', () => {
    const text = withoutComments(readmeBlock('Any table, by a mapping', '"layout"'))
    expect(mappingSchema.safeParse(JSON.parse(text)).error).toBeUndefined()
  })
})
