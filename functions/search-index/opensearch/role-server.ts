import { type RoleVariables, signedByRole } from '../../core/open-search.ts'
import { openSearchServer } from './client.ts'
import type { SearchServer } from './server.ts'
import type { ServerAddress } from './server-address.ts'

/** The server at an address, with requests signed by the function's role where it asks for a signature. */
export const roleServer = (
  { endpoint, access }: ServerAddress,
  variables: RoleVariables,
): SearchServer =>
  openSearchServer({
    ...(access !== 'none' && signedByRole(access, variables)),
    node: endpoint,
  })
