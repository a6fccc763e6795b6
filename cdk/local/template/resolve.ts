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

/**
 * Intrinsic functions of one stack's template ("Intrinsic function reference", CloudFormation).
 * `exports` are those of the stacks before it. Throws UnsupportedTemplate for what is not known.
 */
export function createResolver(
  { name: stack, template }: Stack,
  exports: ReadonlyMap<string, string>,
): Resolver {
  const unsupported = (place: string, what: string): UnsupportedTemplate =>
    new UnsupportedTemplate(`${stack}, ${place}: ${what} is not supported on the local cloud`)
  for (const [logicalId, { Type, Condition }] of Object.entries(template.Resources)) {
    if (!isKnown(Type)) throw unsupported(logicalId, `the resource type ${Type}`)
    if (Condition) throw unsupported(logicalId, 'a resource with a condition')
  }

  function identity(logicalId: string): Identity {
    const resource = template.Resources[logicalId]
    if (!resource) throw new UnsupportedTemplate(`${stack}: nothing is called ${logicalId}`)
    const found = identify(resource.Type, stack, logicalId, resource.Properties ?? {})
    if (!found) throw unsupported(logicalId, `a reference to a ${resource.Type}`)
    return found
  }
  function reference(name: string, place: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE
    if (name === 'AWS::StackName') return stack
    if (Object.hasOwn(PSEUDO, name)) return PSEUDO[name]
    const parameter = template.Parameters?.[name]
    if (parameter) {
      if (parameter.Default === undefined)
        throw unsupported(place, `the parameter ${name}, which has no default,`)
      return parameter.Default
    }
    return identity(name).ref
  }
  function attribute(logicalId: string, name: string, place: string): string {
    const found = identity(logicalId)
    const value = name === 'Arn' ? found.arn : found.attributes[name]
    if (value === undefined) throw unsupported(place, `the attribute ${logicalId}.${name}`)
    return value
  }
  function substitute(
    text: string,
    values: Readonly<Record<string, unknown>>,
    place: string,
  ): string {
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, escaped: string, name: string) => {
      if (escaped) return `\${${name}}`
      if (Object.hasOwn(values, name)) return String(values[name])
      const [logicalId, ...rest] = name.split('.')
      return String(
        rest.length > 0 ? attribute(logicalId!, rest.join('.'), place) : reference(name, place),
      )
    })
  }

  const intrinsics: Record<string, (argument: unknown, place: string) => unknown> = {
    Ref: (argument, place) => reference(argument as string, place),
    'Fn::GetAtt': (argument, place) => {
      const [logicalId, name] =
        typeof argument === 'string' ? argument.split('.') : (argument as string[])
      return attribute(logicalId!, name!, place)
    },
    'Fn::Join': (argument, place) => {
      const [separator, parts] = argument as [string, unknown]
      return (resolve(parts, place) as unknown[]).join(separator)
    },
    'Fn::Sub': (argument, place) => {
      if (typeof argument === 'string') return substitute(argument, {}, place)
      const [text, values] = argument as [string, unknown]
      return substitute(text, resolve(values, place) as Record<string, unknown>, place)
    },
    'Fn::ImportValue': (argument, place) => {
      const wanted = String(resolve(argument, place))
      const found = exports.get(wanted)
      if (found === undefined)
        throw new UnsupportedTemplate(`${stack}, ${place}: no stack before it exports ${wanted}`)
      return found
    },
    'Fn::Select': (argument, place) => {
      const [index, list] = argument as [number | string, unknown]
      return (resolve(list, place) as unknown[])[Number(index)]
    },
    'Fn::Split': (argument, place) => {
      const [separator, text] = argument as [string, unknown]
      return String(resolve(text, place)).split(separator)
    },
  }

  function resolve(value: unknown, place: string): unknown {
    if (Array.isArray(value))
      return value.map((item) => resolve(item, place)).filter((item) => item !== NO_VALUE)
    if (value === null || typeof value !== 'object') return value
    const keys = Object.keys(value)
    const [only] = keys
    if (keys.length === 1 && (only === 'Ref' || only!.startsWith('Fn::'))) {
      if (!Object.hasOwn(intrinsics, only!))
        throw unsupported(place, `the intrinsic function ${only}`)
      return intrinsics[only!]!((value as Record<string, unknown>)[only!], place)
    }
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, resolve(inner, place)] as const)
        .filter(([, inner]) => inner !== NO_VALUE),
    )
  }
  return { identity, resolve }
}
