import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** Reads the text of secrets, by name or ARN. Each call reads the newest version. */
export function secretReader(): (id: string) => Promise<string> {
  const client = new SecretsManagerClient()
  return async (id) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }))
    return SecretString!
  }
}
