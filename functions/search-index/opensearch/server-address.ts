import {
  CREATED_ACCESS,
  type CreatedEndpoints,
  isCreated,
  type OpenSearch,
  type ServerAccess,
} from '../../contract/search-server.ts'
import { QuartermasterError } from '../../core/errors.ts'

/** Where a server is, and how requests to it are signed. */
export interface ServerAddress {
  endpoint: string
  access: ServerAccess
}

/** The address of a scene's server. Throws QuartermasterError where a created one has no endpoint (retried). */
export function addressOf(
  scene: string,
  openSearch: OpenSearch,
  created: CreatedEndpoints,
): ServerAddress {
  if (!isCreated(openSearch)) return openSearch
  const endpoint = created[scene]
  if (endpoint === undefined)
    throw new QuartermasterError(
      `scene ${scene}: expected the endpoint of its created ${openSearch.create}, got none; deploy again, and the drop is delivered again`,
    )
  return { endpoint, access: CREATED_ACCESS[openSearch.create] }
}
