import { type FunctionDeclaration, REGION } from '../ports.ts'

/** Keys with which a function signs; by its id the cloud knows who calls. */
export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

export const logGroupOf = ({ name, logGroup }: FunctionDeclaration): string =>
  logGroup ?? `/aws/lambda/${name}`
export const logStreamOf = (process: number): string =>
  `[$LATEST]${String(process).padStart(32, '0')}`

/**
 * The whole environment of a function's process: what the template declares and what Lambda adds
 * ("Defined runtime environment variables"), the endpoint of the local cloud, and PATH. Nothing
 * else of the parent's. HOME is that of Lambda's user, so that no developer's `~/.aws` is read;
 * TMPDIR stands for the /tmp that a function has to itself.
 */
export function functionEnvironment(
  declaration: FunctionDeclaration,
  cloud: {
    endpointUrl: string
    runtimeApi: string
    credentials: Credentials
    process: number
    temporaryDirectory: string
  },
): Record<string, string> {
  const { name, handler, directory, memoryMiB } = declaration
  return {
    ...declaration.environment,
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/home/sbx_user1051',
    TMPDIR: cloud.temporaryDirectory,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: directory,
    AWS_LAMBDA_RUNTIME_API: cloud.runtimeApi,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(declaration),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamOf(cloud.process),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: cloud.credentials.sessionToken,
    AWS_ENDPOINT_URL: cloud.endpointUrl,
  }
}
