import { createHash } from 'node:crypto'
import { type Authorize, allowAll } from './authorize.ts'
import { jsonService, ServiceError } from './json-service.ts'
import type { Caller, Service } from './ports.ts'

export interface SecretDeclaration {
  name: string
  arn: string
  logicalId: string
}

/**
 * Secrets Manager for secrets that a template has generated. On AWS the value is random; here it
 * is derived from the run's seed, since a replay must hash the same people to the same bytes.
 */
export function secretsService(
  secrets: readonly SecretDeclaration[],
  seed: number,
  authorize: Authorize = allowAll,
): Service {
  const find = (
    input: Record<string, unknown>,
    caller: Caller,
    action: string,
  ): SecretDeclaration => {
    const id = String(input['SecretId'] ?? '')
    const secret = secrets.find(({ name, arn }) => id === name || id === arn)
    const { allowed, reason } = authorize(caller, action, secret?.arn ?? id)
    if (!allowed) throw new ServiceError('AccessDeniedException', reason)
    if (!secret)
      throw new ServiceError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret.",
      )
    return secret
  }
  return jsonService('secretsmanager', {
    GetSecretValue(input, caller) {
      const { arn, name, logicalId } = find(input, caller, 'secretsmanager:GetSecretValue')
      const value = createHash('sha256').update(`${seed}/${logicalId}`).digest('hex')
      return {
        ARN: arn,
        Name: name,
        SecretString: value,
        VersionId: 'local',
        VersionStages: ['AWSCURRENT'],
      }
    },
    DescribeSecret(input, caller) {
      const { arn, name } = find(input, caller, 'secretsmanager:DescribeSecret')
      return { ARN: arn, Name: name }
    },
  })
}
