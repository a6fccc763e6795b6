/** Tests the scalars that stand at one place of an event; none: the field is absent. */
export type LeafTest = (scalars: readonly unknown[]) => boolean
type TextTest = (text: string) => boolean

const KNOWN = [
  'prefix',
  'suffix',
  'wildcard',
  'equals-ignore-case',
  'anything-but',
  'numeric',
  'exists',
]

const isScalar = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)
const ofText =
  (test: TextTest) =>
  (value: unknown): boolean =>
    typeof value === 'string' && test(value)

/** The one operator and operand of `{ operator: operand }`. */
function takeApart(value: unknown, where: string): [string, unknown] {
  const entries = Object.entries(value as object)
  if (Array.isArray(value) || entries.length !== 1)
    throw new Error(`${where}: expected one operator, got ${JSON.stringify(value)}`)
  return entries[0]!
}
function text(operand: unknown, operator: string, where: string): string {
  if (typeof operand === 'string' && operand !== '') return operand
  throw new Error(`${where}: ${operator} takes a text, not ${JSON.stringify(operand)}`)
}

/** `*` stands for any characters, `\*` and `\\` for themselves; two in a row are refused, as on AWS. */
function compileWildcard(pattern: string, where: string): TextTest {
  if (/(?<!\\)\*\*/.test(pattern)) throw new Error(`${where}: wildcard "${pattern}" has ** in it`)
  const source = pattern.replace(/\\([*\\])|(\*)|([^*])/gsu, (_all, escaped, star, plain) =>
    star ? '.*' : (escaped ?? plain).replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&'),
  )
  const expression = new RegExp(`^${source}$`, 'su')
  return (value) => expression.test(value)
}

function compileText(operator: string, operand: unknown, where: string): TextTest {
  const ignoresCase = (operator === 'prefix' || operator === 'suffix') && !isScalar(operand)
  if (ignoresCase) {
    const [inner, nested] = takeApart(operand, where)
    if (inner !== 'equals-ignore-case') throw new Error(`${where}: ${operator} knows no "${inner}"`)
    const test = compileText(operator, text(nested, operator, where).toLowerCase(), where)
    return (value) => test(value.toLowerCase())
  }
  const wanted = text(operand, operator, where)
  if (operator === 'prefix') return (value) => value.startsWith(wanted)
  if (operator === 'suffix') return (value) => value.endsWith(wanted)
  if (operator === 'wildcard') return compileWildcard(wanted, where)
  if (operator === 'equals-ignore-case')
    return (value) => value.toLowerCase() === wanted.toLowerCase()
  throw new Error(
    `${where}: unknown operator "${operator}" (the local cloud has ${KNOWN.join(', ')})`,
  )
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
}

/** `[">", 0, "<=", 5]`: one comparison, or a range of two. */
function compileNumeric(operand: unknown, where: string): (value: unknown) => boolean {
  const refuse = (): never => {
    throw new Error(
      `${where}: numeric takes [comparison, number] or two, not ${JSON.stringify(operand)}`,
    )
  }
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return refuse()
  const tests: ((value: number) => boolean)[] = []
  for (let n = 0; n < operand.length; n += 2) {
    const compare = COMPARISONS[String(operand[n])]
    const bound: unknown = operand[n + 1]
    if (!compare || typeof bound !== 'number') return refuse()
    tests.push((value) => compare(value, bound))
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value))
}

function compileAnythingBut(operand: unknown, where: string): (value: unknown) => boolean {
  if (isScalar(operand) || Array.isArray(operand)) {
    const refused = Array.isArray(operand) ? operand : [operand]
    if (refused.length === 0 || !refused.every(isScalar))
      throw new Error(`${where}: anything-but takes values, not ${JSON.stringify(operand)}`)
    return (value) => !refused.includes(value)
  }
  const [operator, inner] = takeApart(operand, where)
  const tests = (Array.isArray(inner) ? inner : [inner]).map((each) =>
    ofText(compileText(operator, each, where)),
  )
  return (value) => !tests.some((test) => test(value))
}

/** One alternative of a field's list: a value, or an operator. Throws for an operator unknown here. */
export function compileOperator(alternative: unknown, where: string): LeafTest {
  if (isScalar(alternative)) return (scalars) => scalars.includes(alternative)
  const [operator, operand] = takeApart(alternative, where)
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new Error(`${where}: exists takes true or false`)
    return (scalars) => scalars.length > 0 === operand
  }
  const test =
    operator === 'numeric'
      ? compileNumeric(operand, where)
      : operator === 'anything-but'
        ? compileAnythingBut(operand, where)
        : ofText(compileText(operator, operand, where))
  return (scalars) => scalars.some(test)
}
