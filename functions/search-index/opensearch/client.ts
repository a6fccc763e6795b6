import type { ClientOptions } from '@opensearch-project/opensearch'
import { connectServer } from '../../core/open-search.ts'

/** The server of a search index. */
export const openSearchServer = (options: ClientOptions) =>
  connectServer('Search server', {
    ...options,
    // A stored document may have an attribute `__proto__`. Nothing here copies what it parsed.
    disablePrototypePoisoningProtection: true,
  })
