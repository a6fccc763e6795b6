import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { type Configuration, type Scene, sceneSchema } from '../functions/contract/scene.ts'
import { ENVIRONMENTS } from './environment.ts'
import { neededLakeDays } from './lake-reach.ts'
import { hasDockerfile } from './training-image.ts'

const ROOT = join(import.meta.dirname, '..')
const SCENES = join(import.meta.dirname, 'scenes')

/** A setting that cannot be deployed. The message is one sentence: where, what was expected, what was given. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

/** A context value is text on the command line, and a number or boolean in cdk.json. */
const whole = (least: number, most: number, fallback: number) =>
  z.coerce.number().int().min(least).max(most).default(fallback)
const either = z.coerce
  .string()
  .pipe(z.enum(['true', 'false']))
  .transform((text) => text === 'true')
const contextSchema = z.object({
  /** Prefixes the stack names, so that two deployments fit in one account. Also sets data retention. */
  environment: z.enum(ENVIRONMENTS).optional(),
  /** Drops that intake reads concurrently. SQS requires at least 2. */
  intakeConcurrency: whole(2, 1000, 5),
  /** Shards that are closed or sampled concurrently. A new AWS account runs at most 10 functions at a time. */
  mapConcurrency: whole(1, 1000, 8),
  /** Retention of raw identifiers: raw objects and quarantined records. */
  rawRetentionDays: whole(1, 365, 14),
  quarantineRetentionDays: whole(1, 365, 14),
  /** Retention of events, counters and samples in the lake. Default: for ever. */
  lakeRetentionDays: z.coerce.number().int().min(1).max(7300).optional(),
  /** One of the periods that CloudWatch Logs offers. */
  logRetentionDays: z.coerce
    .number()
    .pipe(z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400]))
    .default(30),
  /** Whether tables and stacks refuse deletion. Default: yes, except in dev. */
  isProtected: either.optional(),
  /** Whether functions reserve concurrency of the account. Default: only in prod. */
  reservesConcurrency: either.optional(),
  /** The alarm topic is notified at 80 %, at 100 %, and when the forecast exceeds the budget. */
  monthlyBudgetUsd: z.coerce.number().min(1).max(1_000_000).optional(),
  /** Subscribed to the alarm topic. AWS asks the owner of the address to confirm. */
  alarmEmail: z.email().optional(),
  /** A folder with a Dockerfile. Its image trains instead of the built-in one. */
  trainingImage: z
    .string()
    .transform((path) => resolve(path))
    .refine(hasDockerfile, 'expected a folder with a Dockerfile')
    .optional(),
  /** Endpoint that functions use for AWS. For `sam local`: its containers see only declared variables. */
  endpointUrl: z.url({ protocol: /^https?$/ }).optional(),
})
const settingsSchema = contextSchema
  .superRefine(({ environment, isProtected, endpointUrl }, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (environment !== 'prod') return
    if (isProtected === false) refuse('isProtected', 'prod is always protected')
    if (endpointUrl !== undefined) refuse('endpointUrl', 'prod uses AWS only')
  })
  .transform((given) => ({
    ...given,
    isProtected: given.isProtected ?? given.environment !== 'dev',
    reservesConcurrency: given.reservesConcurrency ?? given.environment === 'prod',
  }))
export type Settings = z.infer<typeof settingsSchema>
export interface Deployment extends Settings {
  scenes: readonly Scene[]
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value)
  if (text === undefined) return 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value)

/** The first error as one sentence: `<where>: <field>: <what was expected>, got <value>`. */
export function explain(
  where: string,
  value: unknown,
  { issues }: z.ZodError,
  what = 'a scene',
): ConfigurationError {
  const [issue] = issues
  const unknownKey = issue!.code === 'unrecognized_keys' ? issue!.keys.slice(0, 1) : []
  const path = [...issue!.path, ...unknownKey]
  const field = path.map(String).join('.') || 'the whole file'
  const expected = unknownKey.length > 0 ? `is not a field of ${what}` : issue!.message
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new ConfigurationError(
    `${where}: ${field}: ${expected}, got ${shown(valueAt(value, path))}${more}`,
  )
}

function readJson(path: string, what: string, where: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = existsSync(path) ? (error as Error).message : 'no such file'
    throw new ConfigurationError(`${where}: expected ${what} as JSON: ${reason}`)
  }
}

/** Reads and checks the file of a scene. Throws ConfigurationError. */
export function readScene(path: string): Scene {
  const inside = relative(ROOT, path)
  const where = inside.startsWith('..') ? path : inside
  const value = readJson(path, 'a scene', where)
  const parsed = sceneSchema.safeParse(value)
  if (!parsed.success) throw explain(where, value, parsed.error)
  return parsed.data
}

type Context = (key: string) => unknown

function textOf(context: Context, key: string): string | undefined {
  const value = context(key)
  if (value === undefined || typeof value === 'string') return value
  throw new ConfigurationError(`context "${key}": expected text, got ${shown(value)}`)
}

/** The context, overridden by the file that `settings` names. One file can so hold all settings. */
function withSettings(context: Context): Context {
  const path = textOf(context, 'settings')
  if (path === undefined) return context
  const file = readJson(path, 'settings', path)
  const schema = z.strictObject({ scenes: z.string(), sceneFile: z.string() }).partial()
  const known = schema.extend(contextSchema.partial().shape)
  const parsed = known.safeParse(file)
  if (!parsed.success) throw explain(path, file, parsed.error, 'the settings')
  return (key) => (file as Record<string, unknown>)[key] ?? context(key)
}

function readNamedScene(name: string): Scene {
  const path = join(SCENES, `${name}.json`)
  const known = readdirSync(SCENES).map((file) => basename(file, '.json'))
  if (!known.includes(name))
    throw new ConfigurationError(
      `context "scenes": expected names from cdk/scenes (${known.sort().join(', ')}), got "${name}"`,
    )
  const scene = readScene(path)
  if (scene.scene !== name)
    throw new ConfigurationError(
      `${relative(ROOT, path)}: scene: expected the name of its file, "${name}", got "${scene.scene}"`,
    )
  return scene
}

/** A window that is longer than events are kept would never be whole. */
function refuseLongWindows({ scene, features }: Scene, lakeRetentionDays: number): void {
  const keptHours = lakeRetentionDays * 24
  for (const feature of features)
    if ('windowHours' in feature && feature.windowHours > keptHours)
      throw new ConfigurationError(
        `context: lakeRetentionDays: expected at least ${Math.ceil(feature.windowHours / 24)}: the window of the feature ${feature.name} of the scene ${scene} has ${feature.windowHours} hours, got ${lakeRetentionDays}`,
      )
}

/**
 * Reads a deployment from the context: `scenes` (names separated by commas), `sceneFile` (the path
 * of one more scene) and the settings above, or `settings`, the path of a file with all of them.
 * Throws ConfigurationError for the first error.
 */
export function readDeployment(given: Context): Deployment {
  const context = withSettings(given)
  const file = textOf(context, 'sceneFile')
  const names = textOf(context, 'scenes') ?? ''
  const scenes = names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map(readNamedScene)
  if (file !== undefined) scenes.push(readScene(file))
  if (scenes.length === 0)
    throw new ConfigurationError('context "scenes": expected at least one scene, got none')
  const twice = scenes.find(({ scene }, i) => scenes.findIndex((s) => s.scene === scene) !== i)
  if (twice)
    throw new ConfigurationError(
      `context "scenes": expected each scene once, got "${twice.scene}" twice`,
    )

  const asked = Object.fromEntries(
    Object.keys(contextSchema.shape).map((key) => [key, context(key)]),
  )
  const settings = settingsSchema.safeParse(asked)
  if (!settings.success) throw explain('context', asked, settings.error)
  const days = settings.data.lakeRetentionDays
  if (days !== undefined) for (const scene of scenes) refuseLongWindows(scene, days)
  const short = scenes.find((scene) => days !== undefined && days < neededLakeDays(scene))
  if (short)
    throw new ConfigurationError(
      `context: lakeRetentionDays: expected at least ${neededLakeDays(short)}: the scene ${short.scene} still reads data of that age (its lookback or oldest late arrival, the window before it, and the proof of its chain), got ${days}`,
    )
  return { scenes, ...settings.data }
}

/** The content of `configuration.json`, which the functions read. */
export const configurationOf = ({ scenes }: Deployment): Configuration => ({
  scenes: Object.fromEntries(scenes.map((scene) => [scene.scene, scene])),
})
