import { connectServer, type RoleVariables, signedByRole } from '../../../core/open-search.ts'

/** The server behind an endpoint, with requests signed by the function's role where there are `variables`. */
export const openVectorServer = (endpoint: string, variables: RoleVariables | null) =>
  connectServer('Vector server', {
    ...(variables && signedByRole('es', variables)),
    node: endpoint,
  })
export type VectorServer = ReturnType<typeof openVectorServer>
