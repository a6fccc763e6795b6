import { describe, expect, test } from 'vitest'
import { eventSchema } from '../../functions/contract/events.ts'
import { logsSchema } from '../../functions/contract/logs.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { isRecord, NO_FACTS } from '../../functions/intake/adapters/adapter.ts'
import { ADAPTERS } from '../../functions/intake/adapters/formats.ts'
import { isFlaw } from '../../functions/intake/json-record.ts'
import { makeScene } from '../make/scene.ts'
import { readmeBlock } from './blocks.ts'

/** JSON with comments, as the README annotates it. */
const withoutComments = (text: string): string => text.replaceAll(/\/\/ .*$/gm, '')

describe('the README', () => {
  test('shows events that the contract accepts', () => {
    const lines = readmeBlock('JSON Lines', '"impression"').trim().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) eventSchema.parse(JSON.parse(line))
  })

  test.each([
    ['personalize', readmeBlock('Amazon Personalize', 'USER_ID'), 4],
    ['metarank', readmeBlock('Metarank', '"ranking"'), 4],
  ] as const)('shows lines of %s that intake reads', (format, text, records) => {
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
  ] as const)('shows what a scene says of %s as a scene can', (format, text) => {
    const { logs } = JSON.parse(`{${text}}`)
    expect(logsSchema.parse(logs)[format]).toMatchObject(logs[format])
  })

  test('shows a mapping that is one', () => {
    const text = withoutComments(readmeBlock('Any table, by a mapping', '"layout"'))
    expect(mappingSchema.safeParse(JSON.parse(text)).error).toBeUndefined()
  })
})
