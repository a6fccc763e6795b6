import { describe, expect, test } from 'vitest'
import { compileJsonPath } from '../../cdk/local/event-bus/json-path.ts'
import { compilePattern } from '../../cdk/local/event-bus/pattern.ts'

describe('Event patterns', () => {
  const event = {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    resources: ['arn:aws:s3:::raw', 'arn:aws:s3:::lake'],
    detail: {
      bucket: { name: 'raw' },
      object: { key: 'raw/feed/events/a.jsonl', size: 1024, note: null },
      tags: [
        { name: 'a', n: 1 },
        { name: 'b', n: 2 },
      ],
      Case: 'MiXeD',
      empty: [],
    },
  }
  const key = (test: unknown) => ({ detail: { object: { key: [test] } } })
  const size = (test: unknown) => ({ detail: { object: { size: [test] } } })

  test.each<[string, unknown, boolean]>([
    ['an exact value', { source: ['aws.s3'] }, true],
    ['one of several values', { source: ['aws.ec2', 'aws.s3'] }, true],
    ['every field of the pattern', { source: ['aws.s3'], 'detail-type': ['Other'] }, false],
    ['an element of an array', { resources: ['arn:aws:s3:::lake'] }, true],
    ['no number for its text', size('1024'), false],
    ['a number', size(1024), true],
    ['null', { detail: { object: { note: [null] } } }, true],
    ['no null for an absent field', { detail: { object: { absent: [null] } } }, false],
    ['a prefix', key({ prefix: 'raw/feed/' }), true],
    ['no other prefix', key({ prefix: 'feed/' }), false],
    ['a prefix whatever its case', key({ prefix: { 'equals-ignore-case': 'RAW/' } }), true],
    ['a suffix', key({ suffix: '.jsonl' }), true],
    ['no other suffix', key({ suffix: '.csv' }), false],
    ['a text whatever its case', { detail: { Case: [{ 'equals-ignore-case': 'mixed' }] } }, true],
    ['a wildcard', key({ wildcard: 'raw/*/events/*' }), true],
    ['a wildcard over the whole text alone', key({ wildcard: 'raw/*/events' }), false],
    ['an escaped star only as itself', key({ wildcard: 'raw/\\*/events/*' }), false],
    ['a dot of a wildcard only as itself', key({ wildcard: 'raw*a?jsonl' }), false],
    ['anything but a value', key({ 'anything-but': 'other' }), true],
    ['not the value', size({ 'anything-but': [1, 1024] }), false],
    ['anything but a prefix', key({ 'anything-but': { prefix: 'raw/' } }), false],
    ['anything but prefixes', key({ 'anything-but': { prefix: ['x/', 'y/'] } }), true],
    ['anything but a wildcard', key({ 'anything-but': { wildcard: '*.jsonl' } }), false],
    ['no absent field by anything-but', { detail: { absent: [{ 'anything-but': 'x' }] } }, false],
    ['a numeric comparison', size({ numeric: ['>', 1000] }), true],
    ['a numeric range', size({ numeric: ['>', 0, '<=', 1024] }), true],
    ['no number outside it', size({ numeric: ['>=', 0, '<', 1024] }), false],
    ['a number by numeric equality', size({ numeric: ['=', 1024] }), true],
    ['no text by a numeric comparison', key({ numeric: ['>', 0] }), false],
    ['a field that exists', key({ exists: true }), true],
    ['a field that does not exist', { detail: { absent: [{ exists: false }] } }, true],
    ['no object as an existing field', { detail: { object: [{ exists: true }] } }, false],
    ['no field below a text', { detail: { Case: { inner: [{ exists: true }] } } }, false],
    ['an empty array as absent', { detail: { empty: [{ exists: false }] } }, true],
    ['one object of an array as a whole', { detail: { tags: { name: ['b'], n: [2] } } }, true],
    ['not two objects of it together', { detail: { tags: { name: ['b'], n: [1] } } }, false],
    [
      'one branch of $or',
      { $or: [{ source: ['aws.ec2'] }, { 'detail-type': ['Object Created'] }] },
      true,
    ],
    [
      '$or below and its neighbours together',
      {
        detail: {
          bucket: { name: ['other'] },
          $or: [{ Case: ['MiXeD'] }, { object: { size: [0] } }],
        },
      },
      false,
    ],
  ])('An event pattern handles %s correctly', (_what, pattern, expected) =>
    expect(compilePattern(pattern, 'r')(event)).toBe(expected),
  )

  test.each([
    [
      key({ cidr: '10.0.0.0/24' }),
      'rule r: detail.object.key: unknown operator "cidr" (the local cloud has',
    ],
    [key({ 'anything-but': { cidr: '10.0.0.0/24' } }), 'unknown operator "cidr"'],
    [key({ prefix: 'a', suffix: 'b' }), 'detail.object.key: expected one operator'],
    [key({ prefix: 5 }), 'prefix takes a text, not 5'],
    [key({ wildcard: 'a**b' }), 'wildcard "a**b" has ** in it'],
    [size({ numeric: ['~', 5] }), 'numeric takes [comparison, number] or two, not ["~",5]'],
    [size({ exists: 'yes' }), 'exists takes true or false'],
    [{ source: 'aws.s3' }, 'source: a pattern holds objects and lists, not "aws.s3"'],
    [{ source: [] }, 'source: an empty list matches nothing'],
    [{ $or: [{ source: ['a'] }] }, '$or takes a list of two patterns or more'],
    [{}, 'rule r: a pattern is an object with at least one field'],
  ])('The event pattern %j is refused', (pattern, message) =>
    expect(() => compilePattern(pattern, 'r')).toThrow(message),
  )
})

describe('Plain JSONPath', () => {
  test('JSONPath follows names, quoted names and indexes, and gives undefined otherwise', () => {
    const document = { a: { 'b c': [10, { d: 20 }] } }
    expect(compileJsonPath('$')(document)).toBe(document)
    expect(compileJsonPath("$.a['b c'][1].d")(document)).toBe(20)
    expect(compileJsonPath('$.a.x.y')(document)).toBeUndefined()
    expect(compileJsonPath('$.constructor')(document)).toBeUndefined()
  })
})
