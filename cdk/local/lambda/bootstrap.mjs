// The runtime inside a function's process: AWS Lambda Developer Guide, "Using the Lambda runtime
// API". Plain JavaScript, because stripping types would add 35 ms to every cold start.
import { existsSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { env } = process
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** One request to the runtime API. Without the API there is nobody to work for. */
function call(method, path, body, headers = {}) {
  return new Promise((resolve) => {
    const sent = request(
      { agent, host, port, method, path: `/2018-06-01/runtime/${path}`, headers },
      (answer) => {
        const chunks = []
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks) }))
      },
    )
    sent.on('error', () => process.exit(1))
    sent.end(body)
  })
}

const describe = (error, fallbackType = 'Error') => ({
  errorType: error?.name ?? fallbackType,
  errorMessage: error?.message ?? String(error),
  trace: typeof error?.stack === 'string' ? error.stack.split('\n') : [],
})
const fail = (path, failure, isLast) =>
  call('POST', path, JSON.stringify(failure), {
    'content-type': 'application/json',
    'lambda-runtime-function-error-type': failure.errorType,
    // The process ends after this: no further invocation may be handed to it.
    ...(isLast ? { 'quartermaster-last': 'true' } : {}),
    ...residentBytes(),
  })

/** Where the pool cannot read /proc, the process says itself what it used at most. */
const residentBytes = () =>
  process.platform === 'linux'
    ? {}
    : { 'quartermaster-resident-bytes': String(process.resourceUsage().maxRSS * 1024) }

async function loadHandler() {
  const [module, name] = env._HANDLER.split(/\.(?=[^.]*$)/)
  const files = ['.js', '.mjs', '.cjs'].map((suffix) => join(env.LAMBDA_TASK_ROOT, module + suffix))
  const file = files.find((candidate) => existsSync(candidate))
  const refuse = (errorType, message) => {
    throw Object.assign(new Error(message), { name: errorType })
  }
  if (!file) refuse('Runtime.ImportModuleError', `Cannot find module '${module}' in the asset`)
  const loaded = await import(pathToFileURL(file))
  const handler = loaded[name] ?? loaded.default?.[name]
  if (typeof handler !== 'function')
    refuse('Runtime.HandlerNotFound', `${env._HANDLER} is undefined or not exported`)
  // The Node.js 24 runtime dropped callbacks; a handler that waits for one would never answer.
  if (handler.length > 2)
    refuse('Runtime.CallbackHandlerDeprecated', `${env._HANDLER} takes a callback`)
  return handler
}

// Ctrl-C reaches the whole group of processes; the cloud decides when this one ends.
process.on('SIGINT', () => {})

let current = 'init/error'
for (const [event, type, code] of [
  ['uncaughtException', 'Runtime.UncaughtException', 129],
  ['unhandledRejection', 'Runtime.UnhandledPromiseRejection', 128],
])
  process.on(event, (error) => {
    console.error(error)
    fail(current, { ...describe(error), errorType: type }, true).then(() => process.exit(code))
  })

let handler
try {
  handler = await loadHandler()
} catch (error) {
  console.error(error)
  await fail('init/error', describe(error, 'Runtime.Unknown'), true)
  process.exit(1)
}

for (;;) {
  const { headers, body } = await call('GET', 'invocation/next')
  const requestId = headers['lambda-runtime-aws-request-id']
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms'])
  env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id']
  current = `invocation/${requestId}/error`
  const context = {
    awsRequestId: requestId,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
  let failure = null
  let response
  try {
    const result = await handler(JSON.parse(body.toString('utf8')), context)
    response = JSON.stringify(result) ?? 'null'
  } catch (error) {
    console.error(error)
    failure = describe(error)
  }
  if (failure) await fail(current, failure, false)
  else
    await call('POST', `invocation/${requestId}/response`, response, {
      'content-type': 'application/json',
      ...residentBytes(),
    })
}
