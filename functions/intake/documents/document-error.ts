import type { RefusalReason } from '../../contract/events.ts'
import { QuartermasterError } from '../../core/errors.ts'

/** A document file that is not read. The message says what was found, what was expected, and what to do. */
export class UnreadableDocument extends QuartermasterError {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.reason = reason
  }
}
