import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ACCOUNT, type FunctionDeclaration } from '../ports.ts'
import { logGroupOf } from './environment.ts'
import { functionArn } from './pool.ts'

/** "FunctionConfiguration", AWS Lambda API reference: what the template declares. */
export function configurationOf(declaration: FunctionDeclaration) {
  const { name, role, handler, timeoutSeconds, memoryMiB, environment, directory } = declaration
  const [file] = handler.split('.')
  const code = ['.mjs', '.js', '.cjs']
    .map((suffix) => statSync(join(directory, `${file}${suffix}`), { throwIfNoEntry: false }))
    .find((found) => found !== undefined)
  return {
    FunctionName: name,
    FunctionArn: functionArn(name),
    Runtime: 'nodejs24.x',
    Role: `arn:aws:iam::${ACCOUNT}:role/${role}`,
    Handler: handler,
    CodeSize: code?.size ?? 0,
    Description: environment['POWERTOOLS_SERVICE_NAME'] ?? '',
    Timeout: timeoutSeconds,
    MemorySize: memoryMiB,
    LastModified: '1970-01-01T00:00:00.000+0000',
    Version: '$LATEST',
    Environment: { Variables: environment },
    PackageType: 'Zip',
    State: 'Active',
    LoggingConfig: { LogGroup: logGroupOf(declaration) },
  }
}

/** "GetFunction": with the code's place, which here is a folder of the assembly. */
export const describeFunction = (declaration: FunctionDeclaration) => ({
  Configuration: configurationOf(declaration),
  Code: { RepositoryType: 'local', Location: `file://${declaration.directory}` },
  ...(declaration.concurrency === null
    ? {}
    : { Concurrency: { ReservedConcurrentExecutions: declaration.concurrency } }),
})
