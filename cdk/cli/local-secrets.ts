import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Cloud } from '../local/cloud.ts'
import { credentialsOf, OPERATOR_KEY } from '../local/credentials.ts'
import { REGION } from '../local/ports.ts'

/** The text of a secret of the store, by its construct, as the run's own cloud has made it. */
export async function readLocalSecret(
  { url: endpoint, declarations }: Cloud,
  construct: 'IdentitySecret' | 'ProducersSecret',
): Promise<string> {
  const { arn } = declarations.secrets.find(({ logicalId }) => logicalId.startsWith(construct))!
  const credentials = credentialsOf(OPERATOR_KEY)
  const secrets = new SecretsManagerClient({ endpoint, region: REGION, credentials })
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }))
  secrets.destroy()
  return SecretString!
}
