/**
 * Named errors. A bad record is counted and quarantined, never thrown. A thrown error is either an
 * infrastructure fault (retried, then a dead letter) or an input that cannot be used at all.
 */
export class QuartermasterError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
  }
}

/** An expected object is missing. The message names it. */
export class ObjectMissing extends QuartermasterError {}
/** An object whose bytes broke off in every attempt to read it. This is a network fault: retry. */
export class BrokenBody extends QuartermasterError {}
/** Bytes that are not what their name says. The message has the found and the expected value. */
export class CorruptArtifact extends QuartermasterError {}
/** An input that no retry can fix. */
export class InvalidInput extends QuartermasterError {}

/**
 * Names of errors that every retry repeats: wrong input, a row or message that does not match its
 * schema, wrong code. `SyntaxError` is not among them, because the SDK throws it when a proxy or a
 * load balancer answers.
 */
export const LASTING_ERRORS = [
  'InvalidInput',
  'CorruptArtifact',
  'ZodError',
  'TypeError',
  'ReferenceError',
]
export const isLasting = (error: unknown): error is Error =>
  error instanceof Error && LASTING_ERRORS.includes(error.name)

/** The first error of a parser in one line: the path, if a schema gives one, and the reason. */
export function describeFirstError(error: unknown): string {
  const [issue] = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues ?? []
  if (!issue) return (error as Error).message
  return `${issue.path.map(String).join('.') || 'the value'}: ${issue.message}`
}
