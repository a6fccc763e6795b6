import { ACCOUNT, REGION } from '../ports.ts'
import type { Stack } from './assembly.ts'
import { type Identity, identify, isKnown } from './resource-types.ts'

/** Something in a template that the local cloud does not know: one sentence with its place. */
export class UnsupportedTemplate extends Error {}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
}
const NO_VALUE = Symbol('AWS::NoValue')

export interface Resolver {
  identity(logicalId: string): Identity
  resolve(value: unknown, place: string): unknown
}

/** What a value of a template is resolved by. */
interface TemplateState {
  stack: Stack
  /** Of the stacks before it. */
  exports: ReadonlyMap<string, string>
}

const unsupported = ({ stack }: TemplateState, place: string, what: string): UnsupportedTemplate =>
  new UnsupportedTemplate(`${stack.name}, ${place}: ${what} is not supported on the local cloud`)

function identityOf(state: TemplateState, logicalId: string): Identity {
  const { name, template } = state.stack
  const resource = template.Resources[logicalId]
  if (!resource) throw new UnsupportedTemplate(`${name}: nothing is called ${logicalId}`)
  const found = identify(resource.Type, name, logicalId, resource.Properties ?? {})
  if (!found) throw unsupported(state, logicalId, `a reference to a ${resource.Type}`)
  return found
}

function reference(state: TemplateState, name: string, place: string): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE
  if (name === 'AWS::StackName') return state.stack.name
  if (Object.hasOwn(PSEUDO, name)) return PSEUDO[name]
  const parameter = state.stack.template.Parameters?.[name]
  if (!parameter) return identityOf(state, name).ref
  if (parameter.Default === undefined)
    throw unsupported(state, place, `the parameter ${name}, which has no default,`)
  return parameter.Default
}

function attribute(state: TemplateState, logicalId: string, name: string, place: string): string {
  const found = identityOf(state, logicalId)
  const value = name === 'Arn' ? found.arn : found.attributes[name]
  if (value === undefined) throw unsupported(state, place, `the attribute ${logicalId}.${name}`)
  return value
}

function substitute(
  state: TemplateState,
  text: string,
  values: Readonly<Record<string, unknown>>,
  place: string,
): string {
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_, escaped: string, name: string) => {
    if (escaped) return `\${${name}}`
    if (Object.hasOwn(values, name)) return String(values[name])
    const [logicalId, ...rest] = name.split('.')
    return String(
      rest.length > 0
        ? attribute(state, logicalId!, rest.join('.'), place)
        : reference(state, name, place),
    )
  })
}

/** By name; any other is refused. */
const INTRINSICS: Record<
  string,
  (state: TemplateState, argument: unknown, place: string) => unknown
> = {
  Ref: (state, argument, place) => reference(state, argument as string, place),
  'Fn::GetAtt': (state, argument, place) => {
    const [logicalId, name] =
      typeof argument === 'string' ? argument.split('.') : (argument as string[])
    return attribute(state, logicalId!, name!, place)
  },
  'Fn::Join': (state, argument, place) => {
    const [separator, parts] = argument as [string, unknown]
    return (resolve(state, parts, place) as unknown[]).join(separator)
  },
  'Fn::Sub': (state, argument, place) => {
    if (typeof argument === 'string') return substitute(state, argument, {}, place)
    const [text, values] = argument as [string, unknown]
    return substitute(state, text, resolve(state, values, place) as Record<string, unknown>, place)
  },
  'Fn::ImportValue': (state, argument, place) => {
    const wanted = String(resolve(state, argument, place))
    const found = state.exports.get(wanted)
    if (found !== undefined) return found
    const { name } = state.stack
    throw new UnsupportedTemplate(`${name}, ${place}: no stack before it exports ${wanted}`)
  },
  'Fn::Select': (state, argument, place) => {
    const [index, list] = argument as [number | string, unknown]
    return (resolve(state, list, place) as unknown[])[Number(index)]
  },
  'Fn::Split': (state, argument, place) => {
    const [separator, text] = argument as [string, unknown]
    return String(resolve(state, text, place)).split(separator)
  },
}

function resolve(state: TemplateState, value: unknown, place: string): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolve(state, item, place)).filter((item) => item !== NO_VALUE)
  if (value === null || typeof value !== 'object') return value
  const keys = Object.keys(value)
  const [only] = keys
  if (keys.length === 1 && (only === 'Ref' || only!.startsWith('Fn::'))) {
    if (!Object.hasOwn(INTRINSICS, only!))
      throw unsupported(state, place, `the intrinsic function ${only}`)
    return INTRINSICS[only!]!(state, (value as Record<string, unknown>)[only!], place)
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, resolve(state, inner, place)] as const)
      .filter(([, inner]) => inner !== NO_VALUE),
  )
}

/**
 * Intrinsic functions of one stack's template ("Intrinsic function reference", CloudFormation).
 * `exports` are those of the stacks before it. Throws UnsupportedTemplate for what is not known.
 */
export function createResolver(stack: Stack, exports: ReadonlyMap<string, string>): Resolver {
  const state: TemplateState = { stack, exports }
  for (const [logicalId, { Type, Condition }] of Object.entries(stack.template.Resources)) {
    if (!isKnown(Type)) throw unsupported(state, logicalId, `the resource type ${Type}`)
    if (Condition) throw unsupported(state, logicalId, 'a resource with a condition')
  }
  return {
    identity: (logicalId) => identityOf(state, logicalId),
    resolve: (value, place) => resolve(state, value, place),
  }
}
