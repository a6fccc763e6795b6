/**
 * Named errors. A bad record is counted and quarantined, never thrown; what is thrown is a fault
 * of the world around (retried, then a dead letter) or an input that nobody can use as it is.
 */
export class QuartermasterError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
  }
}

/** An object that should be there is not: which one, and who should have written it. */
export class ObjectMissing extends QuartermasterError {}
/** An object whose bytes broke off each time they were read: a fault of the network, to be retried. */
export class BrokenBody extends QuartermasterError {}
/** Bytes that are not what their name says: what was got, what was expected. */
export class CorruptArtifact extends QuartermasterError {}
/** Input that no retry will mend. */
export class InvalidInput extends QuartermasterError {}

/**
 * Names of errors that come again however often the same is tried: wrong input, a row or message
 * that its schema does not take, wrong code. A `SyntaxError` is not among them: the SDK throws it
 * for an answer that a proxy or a load balancer wrote.
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

/** What a parser found wrong first, in one line: the path and the reason, where a schema said it. */
export function sayWrong(error: unknown): string {
  const [issue] = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues ?? []
  if (!issue) return (error as Error).message
  return `${issue.path.map(String).join('.') || 'the whole'}: ${issue.message}`
}
