/** An answer that is not what was asked for, by S3's own code ("Error responses", S3 API reference). */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export const noSuchKey = (key: string): S3Error =>
  new S3Error(404, 'NoSuchKey', `The specified key does not exist: ${key}`)
export const noSuchVersion = (key: string, versionId: string): S3Error =>
  new S3Error(404, 'NoSuchVersion', `The specified version does not exist: ${versionId} of ${key}`)
export const preconditionFailed = (condition: string): S3Error =>
  new S3Error(
    412,
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  )
export const notImplemented = (what: string): S3Error =>
  new S3Error(501, 'NotImplemented', `The local S3 does not support ${what}`)
