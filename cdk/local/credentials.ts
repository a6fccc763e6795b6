/** Who asks is known by the access key of a request's signature; nothing else of it is looked at. */
export const OPERATOR_KEY = 'LOCALOPERATOR'
export const credentialsOf = (accessKeyId: string) => ({
  accessKeyId,
  secretAccessKey: 'local',
  sessionToken: 'local',
})
