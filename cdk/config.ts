import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { type Configuration, type Scene, sceneSchema } from '../functions/contract/scene.ts'
import { ENVIRONMENTS } from './environment.ts'
import { neededLakeDays } from './lake-reach.ts'
import { hasDockerfile } from './training-image.ts'

const ROOT = join(import.meta.dirname, '..')
const SCENES = join(import.meta.dirname, 'scenes')

/** What an operator wrote that cannot be deployed: one sentence that says where and what was expected. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

/** Context comes as text from the command line and as numbers or booleans from cdk.json. */
const whole = (least: number, most: number, fallback: number) =>
  z.coerce.number().int().min(least).max(most).default(fallback)
const either = z.coerce
  .string()
  .pipe(z.enum(['true', 'false']))
  .transform((text) => text === 'true')
const contextSchema = z.object({
  /** Prefixes the stacks' names, so that two can live in one account, and sets what is kept. */
  environment: z.enum(ENVIRONMENTS).optional(),
  /** Drops that are read at once; SQS allows no fewer than 2. */
  intakeConcurrency: whole(2, 1000, 5),
  /** Pieces that are closed or sampled at once. A new AWS account runs 10 functions at a time in all. */
  mapConcurrency: whole(1, 1000, 8),
  /** How long raw identifiers live: raw objects, and records set aside. */
  rawRetentionDays: whole(1, 365, 14),
  quarantineRetentionDays: whole(1, 365, 14),
  /** How long events, counters and samples are kept in the lake; for good where absent. */
  lakeRetentionDays: z.coerce.number().int().min(1).max(7300).optional(),
  /** As CloudWatch Logs offers them. */
  logRetentionDays: z.coerce
    .number()
    .pipe(z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400]))
    .default(30),
  /** Whether tables and stacks refuse to be deleted; all but dev do where absent. */
  isProtected: either.optional(),
  /** Whether functions have concurrency of their own, out of the account's; prod's do where absent. */
  reservesConcurrency: either.optional(),
  /** Told of at four fifths, at the whole, and when the month is forecast to end above it. */
  monthlyBudgetUsd: z.coerce.number().min(1).max(1_000_000).optional(),
  /** Subscribed to the topic of alarms, once its owner has confirmed. */
  alarmEmail: z.email().optional(),
  /** A folder with a Dockerfile: the image that trains instead of our own. */
  trainingImage: z
    .string()
    .transform((path) => resolve(path))
    .refine(hasDockerfile, 'expected a folder with a Dockerfile')
    .optional(),
  /** Where functions look for AWS instead: for `sam local`, whose containers know only declared variables. */
  endpointUrl: z.url({ protocol: /^https?$/ }).optional(),
})
const settingsSchema = contextSchema
  .superRefine(({ environment, isProtected, endpointUrl }, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (environment !== 'prod') return
    if (isProtected === false) refuse('isProtected', 'prod is protected always')
    if (endpointUrl !== undefined) refuse('endpointUrl', 'prod speaks to AWS alone')
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

/** The first thing wrong, as one sentence: `<where>: <field>: <what was expected>, got <value>`. */
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
  const expected = unknownKey.length > 0 ? `is no field of ${what}` : issue!.message
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new ConfigurationError(
    `${where}: ${field}: ${expected}, got ${shown(valueAt(value, path))}${more}`,
  )
}

function readJson(path: string, what: string, where: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = existsSync(path) ? (error as Error).message : 'there is no such file'
    throw new ConfigurationError(`${where}: expected ${what} as JSON: ${reason}`)
  }
}

/** One scene's file, checked. Throws ConfigurationError. */
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

/** The context, but for what the file of `settings` names: so one file a deployment says it all. */
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

/**
 * The deployment that the context asks for: `scenes` (names, by commas), `sceneFile` (a path, added
 * to them) and the settings above, or `settings`, a file of all of them. Throws ConfigurationError for the first thing that is wrong.
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
    throw new ConfigurationError(`context "scenes": expected each once, got "${twice.scene}" twice`)

  const asked = Object.fromEntries(
    Object.keys(contextSchema.shape).map((key) => [key, context(key)]),
  )
  const settings = settingsSchema.safeParse(asked)
  if (!settings.success) throw explain('context', asked, settings.error)
  const days = settings.data.lakeRetentionDays
  const short = scenes.find((scene) => days !== undefined && days < neededLakeDays(scene))
  if (short)
    throw new ConfigurationError(
      `context: lakeRetentionDays: expected at least ${neededLakeDays(short)}: ${short.scene} comes back to what is so old (its lookback or oldest straggler, the window before it, and the proof of its chain), got ${days}`,
    )
  return { scenes, ...settings.data }
}

/** `configuration.json`, as the functions read it. */
export const configurationOf = ({ scenes }: Deployment): Configuration => ({
  scenes: Object.fromEntries(scenes.map((scene) => [scene.scene, scene])),
})
