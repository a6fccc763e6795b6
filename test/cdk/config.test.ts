import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, readDeployment, readScene } from '../../cdk/config.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SCENES = join(import.meta.dirname, '..', '..', 'cdk', 'scenes')
const names = readdirSync(SCENES).map((file) => basename(file, '.json'))
const deploymentOf = (context: Record<string, unknown>) => readDeployment((key) => context[key])
const refusalOf = (context: Record<string, unknown>): string => {
  try {
    deploymentOf(context)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

type Draft = Record<string, Record<string, unknown>> & { features: Record<string, unknown>[] }
/** The feed scene with one thing changed, in a file of its own. */
function sceneFile(change: (draft: Draft) => void): string {
  const draft = JSON.parse(readFileSync(join(SCENES, 'feed.json'), 'utf8')) as Draft
  change(draft)
  const path = join(temporaryFolder(), 'mine.json')
  writeFileSync(path, JSON.stringify(draft))
  return path
}

describe('The configuration', () => {
  test('Every shipped scene is valid and has the name of its file', () => {
    expect(names.sort()).toEqual([
      'access-log',
      'assistant',
      'feed',
      'movielens',
      'open-bandit',
      'search',
    ])
    const { scenes } = deploymentOf({ scenes: names.join(', ') })
    expect(scenes.map(({ scene }) => scene)).toEqual(names)
  })

  test('A scene file of the operator is read beside the named scenes', () => {
    const path = sceneFile((draft) => Object.assign(draft, { scene: 'shop' }))
    const { scenes } = deploymentOf({ scenes: 'feed', sceneFile: path })
    expect(scenes.map(({ scene }) => scene)).toEqual(['feed', 'shop'])
    expect(readScene(path).objective).toBe('click')
  })

  test('Settings are read the same from the command line and cdk.json', () => {
    const asText = { mapConcurrency: '40', logRetentionDays: '7', isProtected: 'false' }
    const asValues = { mapConcurrency: 40, logRetentionDays: 7, isProtected: false }
    const expected = { mapConcurrency: 40, logRetentionDays: 7, isProtected: false }
    expect(deploymentOf({ scenes: 'feed', ...asText })).toMatchObject(expected)
    expect(deploymentOf({ scenes: 'feed', ...asValues })).toMatchObject(expected)
    expect(deploymentOf({ scenes: 'feed' }).isProtected).toBe(true)
  })

  test.each<[string, (draft: Draft) => void, string]>([
    [
      'a number below its bound',
      (d) => Object.assign(d['gates']!, { minRows: 0 }),
      'gates.minRows: ',
    ],
    ['text for a number', (d) => Object.assign(d, { latenessMinutes: '60' }), 'latenessMinutes: '],
    ['a missing field', (d) => Object.assign(d, { sampling: undefined }), 'sampling: '],
    ['a field that is none', (d) => Object.assign(d['tiers']!, { weekly: {} }), 'tiers.weekly: '],
    [
      'a tier without its time',
      (d) => Object.assign(d['tiers']!, { hourly: {} }),
      'tiers.hourly.minuteUtc: ',
    ],
    [
      'an objective that is no outcome',
      (d) => Object.assign(d, { objective: 'buy' }),
      'objective: ',
    ],
    [
      'an unknown weekday',
      (d) => Object.assign(d['tiers']!['full']!, { weekday: 'MO' }),
      'tiers.full.weekday: ',
    ],
    [
      'a feature from nowhere',
      (d) => Object.assign(d.features[0]!, { of: 'user' }),
      'features.0.of: ',
    ],
    [
      'a feature of no kind',
      (d) => Object.assign(d.features[3]!, { kind: 'average' }),
      'features.3.kind: ',
    ],
    [
      'a feature that stands twice',
      (d) => Object.assign(d.features[1]!, { name: 'user' }),
      'features.1.name: ',
    ],
    [
      'an instance of another service',
      (d) => Object.assign(d['training']!, { instanceType: 'm5.large' }),
      'training.instanceType: ',
    ],
  ])('A scene with %s is refused with its file and field', (_what, change, field) => {
    const path = sceneFile(change)
    const refusal = refusalOf({ sceneFile: path })
    expect(refusal).toContain(`${path}: ${field}`)
    expect(refusal).toMatch(/, got .+$/)
    expect(refusal).not.toContain('\n')
    expect(refusal.length - path.length).toBeLessThan(450)
  })

  test('An unknown scene name is refused with the list of shipped scenes', () => {
    expect(refusalOf({ scenes: 'fed' })).toBe(
      'context "scenes": expected names from cdk/scenes (access-log, assistant, feed, movielens, open-bandit, search), got "fed"',
    )
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no scene at all', {}, /^context "scenes": expected at least one scene, got none$/],
    [
      'a scene twice',
      { scenes: 'feed,feed' },
      /^context "scenes": expected each scene once, got "feed" twice$/,
    ],
    ['a path out of the folder', { scenes: '../scenes/feed' }, /^context "scenes": expected names/],
    [
      'scenes that are no text',
      { scenes: ['feed'] },
      /^context "scenes": expected text, got \["feed"\]$/,
    ],
    ['a file that is not there', { sceneFile: '/none.json' }, /^\/none\.json: .*no such file$/],
    [
      'a setting out of bounds',
      { scenes: 'feed', mapConcurrency: '0' },
      /^context: mapConcurrency: .*>=1, got "0"$/,
    ],
    [
      'a setting that is no number',
      { scenes: 'feed', intakeConcurrency: 'many' },
      /^context: intakeConcurrency: .*got "many"$/,
    ],
    [
      'a retention that CloudWatch has not',
      { scenes: 'feed', logRetentionDays: 31 },
      /^context: logRetentionDays: .*1\|3\|5.*, got 31$/,
    ],
    [
      'a retention of the lake that a scene reaches past',
      { scenes: 'feed,movielens', lakeRetentionDays: '400' },
      /^context: lakeRetentionDays: expected at least 494: the scene movielens still reads data of that age .*, got 400$/,
    ],
    [
      'a window that is longer than the lake keeps events',
      { scenes: 'feed', lakeRetentionDays: '3' },
      /^context: lakeRetentionDays: expected at least 7: the window of the feature \w+ of the scene feed has 168 hours, got 3$/,
    ],
    [
      'a switch that is neither',
      { scenes: 'feed', isProtected: 'no' },
      /^context: isProtected: .*"true"\|"false", got "no"$/,
    ],
  ])('The configuration refuses %s', (_what, context, sentence) => {
    const refusal = refusalOf(context)
    expect(refusal).toMatch(sentence)
    expect(refusal).not.toContain('\n')
  })

  test('A settings file overrides the defaults of cdk.json', () => {
    const path = join(temporaryFolder(), 'prod.json')
    writeFileSync(
      path,
      JSON.stringify({ scenes: 'movielens', environment: 'prod', mapConcurrency: 9 }),
    )
    const deployment = deploymentOf({ scenes: 'feed', intakeConcurrency: '7', settings: path })
    expect(deployment.scenes.map(({ scene }) => scene)).toEqual(['movielens'])
    expect(deployment).toMatchObject({
      ...{ environment: 'prod', isProtected: true, mapConcurrency: 9, intakeConcurrency: 7 },
    })
    writeFileSync(path, JSON.stringify({ scenes: 'feed', mapConcurency: 9 }))
    expect(refusalOf({ settings: path })).toMatch(
      /prod\.json: mapConcurency: is not a field of the settings, got 9$/,
    )
    expect(refusalOf({ settings: '/none.json' })).toBe(
      '/none.json: expected settings as JSON: no such file',
    )
  })

  test('A scene file that is not JSON is refused in one sentence', () => {
    const path = join(temporaryFolder(), 'broken.json')
    writeFileSync(path, '{"scene": "feed",\n  oops')
    const refusal = refusalOf({ sceneFile: path })
    expect(refusal).toMatch(/broken\.json: expected a scene as JSON: .*JSON/)
    expect(refusal).not.toContain('\n')
  })
})
