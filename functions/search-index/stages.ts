import {
  cleanDocumentFiles,
  cleanItemFiles,
  closedFiles,
  dropManifests,
  searchFiles,
  searchQueryFiles,
  verdictFiles,
} from '../contract/keys.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { createdEndpoints } from '../contract/search-server.ts'
import { declareStage, named } from '../contract/stage.ts'
import { taskRequestSchema } from '../contract/training.ts'

const reads = [dropManifests, cleanItemFiles, cleanDocumentFiles, searchFiles] as const
/**
 * What both hold: each generation's `index` objects, one merge of at most 768 MiB (merge-policy.ts), and for a
 * build the ledger, 250 bytes a document.
 */
const memoryMiB = 3008

export const indexDrop = declareStage({
  name: 'index-drop',
  description: 'Makes the items or documents of a drop searchable',
  timeoutMinutes: 15,
  memoryMiB,
  readsScenes: true,
  reads,
  lists: reads,
  writes: [searchFiles],
  tables: { online: ['read', 'write', 'write in batches'] },
  variables: {
    /** URL of the queue for drops that no retry can index. */
    FAILED_DOCUMENTS: named,
    /** ARN of the state machine of full builds. */
    REBUILD_FLOW: named,
  },
  metrics: {
    /** From a drop's arrival until it is first received: the wait before it is indexed. */
    IndexDelay: { of: 'scene', unit: 'Seconds' },
    DocumentsIndexed: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'drop', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const mirrorDrop = declareStage({
  name: 'mirror-drop',
  description: 'Writes the items or documents of a drop to OpenSearch',
  timeoutMinutes: 15,
  memoryMiB: 1769,
  readsScenes: true,
  reads,
  lists: reads,
  writes: [searchFiles],
  tables: { online: ['read', 'read in batches', 'write', 'update'] },
  variables: {
    /** URL of the queue for drops that no retry can write. */
    FAILED_MIRRORS: named,
    /** Endpoints of the servers that the deployment created. */
    CREATED_SERVERS: createdEndpoints,
  },
  metrics: {
    /** From a drop's arrival until it is first received: the wait before it is mirrored. */
    MirrorDelay: { of: 'scene', unit: 'Seconds' },
    DocumentsMirrored: { of: 'scene', unit: 'Count' },
    /** Documents that OpenSearch refuses for good. */
    DocumentsRefused: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'drop', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const indexPart = declareStage({
  name: 'index-part',
  request: taskRequestSchema,
  description: 'Indexes one part of a lake that is too large for one function',
  timeoutMinutes: 15,
  memoryMiB,
  readsScenes: false,
  reads,
  // It asks whether a part is done: without the list, S3 refuses the answer “no”.
  lists: [searchFiles],
  writes: [searchFiles],
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const rebuildIndex = declareStage({
  name: 'rebuild-index',
  request: scheduledRequestSchema,
  description:
    'Reports what was searched; builds the index again if its definition changed or a week has passed',
  timeoutMinutes: 15,
  memoryMiB,
  readsScenes: true,
  reads: [...reads, closedFiles, verdictFiles],
  lists: [...reads, closedFiles, verdictFiles],
  writes: [searchFiles, searchQueryFiles],
  deletes: [searchFiles],
  tables: {
    registry: ['read'],
    online: ['read', 'read in batches', 'write', 'write in batches'],
  },
  metrics: {
    /** Rebuilt indexes that the gate refused. */
    IndexRefused: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})
