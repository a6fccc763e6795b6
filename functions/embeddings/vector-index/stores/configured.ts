import type { VectorStoreDefinition } from '../../../contract/embeddings.ts'
import type { RoleVariables } from '../../../core/open-search.ts'
import { openSearchStore } from './open-search.ts'
import { openVectorServer } from './open-search-server.ts'
import { s3VectorsClient, s3VectorsStore } from './s3-vectors.ts'
import type { VectorStore } from './store.ts'

/** The store that a scene's `embeddings.vectorStore` names. Requests are signed by the function's role. */
export function configuredStore(
  definition: VectorStoreDefinition,
  scene: string,
  variables: RoleVariables,
): VectorStore {
  if (definition.kind === 's3-vectors')
    return s3VectorsStore({ client: s3VectorsClient(), bucket: definition.bucket, scene })
  const { endpoint, access } = definition
  return openSearchStore({
    ...{ scene, server: openVectorServer(endpoint, access === 'none' ? null : variables) },
  })
}
