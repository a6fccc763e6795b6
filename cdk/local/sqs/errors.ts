/** A refusal in the words of Amazon SQS: the error shape and its code of the older query protocol. */
export class SqsError extends Error {
  readonly shape: string
  readonly queryCode: string
  constructor(shape: string, message: string, queryCode = shape) {
    super(message)
    this.shape = shape
    this.queryCode = queryCode
  }
}

export const queueMissing = (what: string): SqsError =>
  new SqsError(
    'QueueDoesNotExist',
    `no queue ${what} in the templates`,
    'AWS.SimpleQueueService.NonExistentQueue',
  )
export const invalid = (message: string): SqsError => new SqsError('InvalidParameterValue', message)
