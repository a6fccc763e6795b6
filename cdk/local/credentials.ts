/** The access key in a request's signature names the caller. The rest of the signature is ignored. */
export const OPERATOR_KEY = 'LOCALOPERATOR'
export const credentialsOf = (accessKeyId: string) => ({
  accessKeyId,
  secretAccessKey: 'local',
  sessionToken: 'local',
})
