import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3'
import { openSearchServer } from './client.ts'
import type { SearchServer } from './server.ts'
import type { ServerAddress } from './server-address.ts'

/** Lambda gives a function the keys of its role in these variables of its environment. */
export interface RoleVariables {
  AWS_REGION?: string
  AWS_ACCESS_KEY_ID?: string
  AWS_SECRET_ACCESS_KEY?: string
  AWS_SESSION_TOKEN?: string
}

/** The server at an address, with requests signed by the function's role where it asks for a signature. */
export function roleServer(
  { endpoint, access }: ServerAddress,
  variables: RoleVariables,
): SearchServer {
  if (access === 'none') return openSearchServer({ node: endpoint })
  const signer = AwsSigv4Signer({
    region: variables.AWS_REGION!,
    service: access,
    // Read for each signature: Lambda renews them.
    getCredentials: async () => ({
      accessKeyId: variables.AWS_ACCESS_KEY_ID!,
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY!,
      sessionToken: variables.AWS_SESSION_TOKEN!,
    }),
  })
  return openSearchServer({ ...signer, node: endpoint })
}
