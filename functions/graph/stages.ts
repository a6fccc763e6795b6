import { chunkDrops } from '../contract/documents.ts'
import {
  answerReports,
  claimFiles,
  claimManifests,
  cleanDocumentFiles,
  cleanItemFiles,
  closedFiles,
  closings,
  dropManifests,
  graphFiles,
  modelAnswers,
  preferenceFiles,
  preferenceManifests,
  trainerDataFiles,
  verdictFiles,
} from '../contract/keys.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { declareStage, named } from '../contract/stage.ts'

const events = [closings, closedFiles, verdictFiles] as const
const statements = [dropManifests, cleanItemFiles, cleanDocumentFiles] as const

export const chunkDrop = declareStage({
  name: 'chunk-drop',
  description: 'Divides the documents of a drop into chunks, and drops these as items',
  timeoutMinutes: 15,
  memoryMiB: 1769,
  readsScenes: true,
  reads: [dropManifests, cleanDocumentFiles, chunkDrops],
  lists: [dropManifests, cleanDocumentFiles, chunkDrops],
  writes: [chunkDrops],
  tables: { online: ['read', 'write'] },
  variables: {
    /** URL of the queue for drops that no retry can divide. */
    FAILED_CHUNKS: named,
  },
  metrics: {
    DocumentsDivided: { of: 'scene', unit: 'Count' },
    /** Chunks that are new or gone. Those that an edit leaves alone are not dropped again. */
    ChunksChanged: { of: 'scene', unit: 'Count' },
    DocumentsUnreadable: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'drop', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const foldGraph = declareStage({
  name: 'fold-graph',
  request: scheduledRequestSchema,
  description:
    'Folds new claims into the graph; builds it again if its definition changed or a week has passed',
  timeoutMinutes: 15,
  memoryMiB: 5120,
  readsScenes: true,
  reads: [...events, ...statements, claimFiles, claimManifests, graphFiles, modelAnswers],
  lists: [...events, ...statements, claimManifests, graphFiles, modelAnswers],
  writes: [claimFiles, claimManifests, graphFiles, modelAnswers],
  deletes: [graphFiles],
  tables: { registry: ['read'], online: ['read', 'write', 'write in batches'] },
  metrics: {
    /** Graphs that the gate refused. */
    GraphRefused: { of: 'scene', unit: 'Count' },
    GraphFacts: { of: 'scene', unit: 'Count' },
    /** Values and claims that were refused while claims were made. */
    ClaimsRefused: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const makePreferences = declareStage({
  name: 'make-preferences',
  request: scheduledRequestSchema,
  description: 'Makes data to train generators with from what people thought of answers',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: true,
  reads: [...events, preferenceFiles, preferenceManifests],
  lists: [...events, preferenceFiles, preferenceManifests],
  writes: [preferenceFiles, preferenceManifests, trainerDataFiles, answerReports],
  deletes: [preferenceFiles],
  metrics: {
    PreferencesMade: { of: 'scene', unit: 'Count' },
    /** Finds of personal data that were replaced. */
    PersonalDataRemoved: { of: 'scene', unit: 'Count' },
  },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})
