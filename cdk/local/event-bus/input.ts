import type { BusEvent } from '../ports.ts'
import { compileJsonPath } from './json-path.ts'

export interface TargetInput {
  /** A JSON text that replaces the event. */
  input: string | null
  inputPath: string | null
  inputTransformer: {
    inputPathsMap: Readonly<Record<string, string>>
    inputTemplate: string
  } | null
}
export interface RuleIdentity {
  name: string
  arn: string
}
export type MakeInput = (event: BusEvent) => unknown

/** Inside quotes a value is inserted as text, outside as JSON. */
function fillTemplate(template: string, values: (name: string) => unknown): string {
  let isQuoted = false
  return template.replace(/\\.|"|<([^<>"\s]+)>/gs, (found, name: string | undefined) => {
    if (found === '"') isQuoted = !isQuoted
    if (name === undefined) return found
    const value = values(name)
    if (!isQuoted) return JSON.stringify(value)
    return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1)
  })
}

function compileTransformer(
  { inputPathsMap, inputTemplate }: NonNullable<TargetInput['inputTransformer']>,
  rule: RuleIdentity,
): MakeInput {
  const paths = new Map(
    Object.entries(inputPathsMap).map(([name, path]) => [name, compileJsonPath(path)]),
  )
  const reserved: Record<string, MakeInput> = {
    'aws.events.rule-arn': () => rule.arn,
    'aws.events.rule-name': () => rule.name,
    'aws.events.event.ingestion-time': (event) => event.time,
    'aws.events.event': (event) => event,
    'aws.events.event.json': (event) => event,
  }
  const makeOf = (name: string): MakeInput => {
    const make = paths.get(name) ?? reserved[name]
    if (!make) throw new Error(`<${name}> of the input template stands in no input path`)
    return make
  }
  for (const [, name] of inputTemplate.matchAll(/<([^<>"\s]+)>/g)) makeOf(name!)
  return (event) => {
    const filled = fillTemplate(inputTemplate, (name) => {
      const value = makeOf(name)(event)
      if (value === undefined)
        throw new Error(`the event has nothing at ${inputPathsMap[name]} for <${name}>`)
      return value
    })
    return JSON.parse(filled) as unknown
  }
}

/**
 * What a target gets (Amazon EventBridge User Guide, "Amazon EventBridge input transformation"):
 * the event, a part of it, a constant, or a JSON template. Throws at once for what cannot be
 * compiled; the function throws for an event that lacks what a template names.
 */
export function compileInput(target: TargetInput, rule: RuleIdentity): MakeInput {
  try {
    if (target.input !== null) {
      const constant: unknown = JSON.parse(target.input)
      return () => constant
    }
    if (target.inputPath !== null) {
      const { inputPath } = target
      const part = compileJsonPath(inputPath)
      return (event) => {
        const value = part(event)
        if (value === undefined) throw new Error(`the event has nothing at ${inputPath}`)
        return value
      }
    }
    return target.inputTransformer
      ? compileTransformer(target.inputTransformer, rule)
      : (event) => event
  } catch (error) {
    throw new Error(`rule ${rule.name}: ${(error as Error).message}`, { cause: error })
  }
}
