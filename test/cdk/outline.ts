import { type Resource, shortName, statementsOf } from './synthesized.ts'

/** Said of every resource alike, or drawn rather than read. */
const LEFT_OUT = ['Tags', 'DashboardBody']
const REFERENCE = /^(Ref|Fn::.*)$/

const isReference = (value: object): boolean =>
  Object.keys(value).length === 1 && REFERENCE.test(Object.keys(value)[0]!)
/** Digests change with the code, which is reviewed where it stands. */
const withoutDigests = (text: string): string => text.replaceAll(/[0-9a-f]{64}/g, '<digest>')
const conditionOf = (conditions: object): string =>
  Object.keys(conditions).length === 0 ? '' : ` if ${namesIn(conditions)}`
/** JSON with each reference as a short name. */
const namesIn = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && isReference(inner) ? shortName(inner) : inner,
  )

/** A statement as a sentence: who may do what on what, and when. */
function linesOfPolicy(document: unknown): string[] {
  const principals = (document as { Statement: { Principal?: unknown }[] }).Statement
  return statementsOf(document).map(({ effect, actions, resources, conditions }, i) => {
    const who = principals[i]!.Principal
    const by = who === undefined ? '' : `${namesIn(who)} `
    const on = resources.filter((name) => name !== '').join(' ')
    return `${effect} ${by}${actions.join(' ')} on ${on}${conditionOf(conditions)}`
  })
}

/** A definition, which the template joins from pieces: each state with its fields a line each. */
function linesOfDefinition(value: unknown): string[] {
  const [, pieces] = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join']
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : shortName(piece)))
  return linesOf('Definition', JSON.parse(text.join('')))
}

function linesOf(name: string, value: unknown): string[] {
  if (name.endsWith('PolicyDocument')) return linesOfPolicy(value)
  if (name === 'DefinitionString') return linesOfDefinition(value)
  if (typeof value !== 'object' || value === null || isReference(value))
    return [`${name}: ${typeof value === 'object' && value ? shortName(value) : String(value)}`]
  if (Array.isArray(value)) return [`${name}: ${namesIn(value)}`]
  return Object.entries(value).flatMap(([key, inner]) => linesOf(`${name}.${key}`, inner))
}

/**
 * What a template deploys, for a person who looks at a change of it: each resource with its
 * properties a line each, policies as sentences, without what changes with the code alone.
 */
export function outlineOf(resources: readonly Resource[]): string {
  const byId = resources.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return withoutDigests(
    byId
      .map(({ id, type, properties, deletionPolicy }) => {
        const kept = deletionPolicy === undefined ? '' : ` (${deletionPolicy})`
        const lines = Object.entries(properties)
          .filter(([name]) => !LEFT_OUT.includes(name))
          .flatMap(([name, value]) => linesOf(name, value))
        return [`${type} ${id}${kept}`, ...lines.map((line) => `  ${line}`), ''].join('\n')
      })
      .join('\n'),
  )
}
