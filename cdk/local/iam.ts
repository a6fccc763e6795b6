import type { Authorize } from './authorize.ts'

/** One statement of a role's policies, references resolved. */
export interface PolicyStatement {
  Effect: 'Allow' | 'Deny'
  Action: string | readonly string[]
  Resource: string | readonly string[]
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value

/** `*` any run of characters, `?` any one ("IAM JSON policy elements: Resource", IAM user guide). */
const patterns = new Map<string, RegExp>()
function isLike(pattern: string, text: string): boolean {
  let found = patterns.get(pattern)
  if (!found) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    found = new RegExp(`^${source}$`, 's')
    patterns.set(pattern, found)
  }
  return found.test(text)
}

const OPERATORS: Record<string, (expected: string, got: string) => boolean> = {
  StringEquals: (expected, got) => expected === got,
  StringLike: isLike,
  ArnLike: isLike,
  ArnEquals: isLike,
  Bool: (expected, got) => expected === got,
}

/** Refuses a role's policies that hold what is not evaluated here, by name. */
function checkStatements(role: string, statements: readonly PolicyStatement[]): void {
  for (const statement of statements) {
    for (const name of Object.keys(statement))
      if (!['Effect', 'Action', 'Resource', 'Condition', 'Sid'].includes(name))
        throw new Error(
          `role ${role}: the policy element ${name} is not supported on the local cloud`,
        )
    for (const operator of Object.keys(statement.Condition ?? {}))
      if (!Object.hasOwn(OPERATORS, operator))
        throw new Error(
          `role ${role}: the condition operator ${operator} is not supported on the local cloud`,
        )
  }
}

/** A condition key that the request does not carry does not match ("Condition operators", IAM user guide). */
function holds(
  { Condition = {} }: PolicyStatement,
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => {
      const got = context[key]
      return got !== undefined && listOf(expected).some((value) => OPERATORS[operator]!(value, got))
    }),
  )
}

/**
 * Whether a role's identity policies allow an action: an explicit deny, then an allow, else no
 * ("Policy evaluation logic", IAM user guide). So a missing grant fails here as it would on AWS.
 * The operator, who has no role, may do everything.
 */
export function createAuthorizer(
  roles: ReadonlyMap<string, readonly PolicyStatement[]>,
): Authorize {
  for (const [role, statements] of roles) checkStatements(role, statements)
  /** By role and action: a role asks for the same few actions again and again. */
  const onAction = new Map<string, readonly PolicyStatement[]>()
  function statementsOn(role: string, action: string): readonly PolicyStatement[] {
    const name = `${role} ${action}`
    const found = onAction.get(name)
    if (found) return found
    const statements = (roles.get(role) ?? []).filter(({ Action }) =>
      listOf(Action).some((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase())),
    )
    onAction.set(name, statements)
    return statements
  }
  return ({ stage, role }, action, resource, context = {}) => {
    if (role === null) return { allowed: true, reason: '' }
    const matching = statementsOn(role, action).filter(
      (statement) =>
        listOf(statement.Resource).some((pattern) => isLike(pattern, resource)) &&
        holds(statement, context),
    )
    const denied = matching.some(({ Effect }) => Effect === 'Deny')
    if (!denied && matching.length > 0) return { allowed: true, reason: '' }
    const why = denied ? 'an explicit deny' : 'no statement of its role allows it'
    return {
      allowed: false,
      reason: `${stage} (${role}) is not authorized to perform ${action} on ${resource}: ${why}`,
    }
  }
}
