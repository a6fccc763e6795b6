import {
  closingAccounts,
  closings,
  dropManifests,
  parityAccounts,
  reports,
  searchQueryFiles,
  verdictFiles,
} from '../contract/keys.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { declareStage } from '../contract/stage.ts'

export const report = declareStage({
  name: 'report',
  request: scheduledRequestSchema,
  description: "Draws a scene's page: lineage, quality, accounts",
  timeoutMinutes: 5,
  memoryMiB: 1769,
  readsScenes: true,
  reads: [dropManifests, closingAccounts, parityAccounts, searchQueryFiles, verdictFiles],
  lists: [dropManifests, closings, parityAccounts, searchQueryFiles, verdictFiles],
  writes: [reports],
  tables: { registry: ['read'] },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})
