import {
  answerReports,
  closingAccounts,
  closings,
  dropManifests,
  graphFiles,
  parityAccounts,
  reports,
  searchQueryFiles,
  spaceFiles,
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
  reads: [
    dropManifests,
    closingAccounts,
    parityAccounts,
    searchQueryFiles,
    answerReports,
    verdictFiles,
    spaceFiles,
    graphFiles,
  ],
  lists: [
    dropManifests,
    closings,
    parityAccounts,
    searchQueryFiles,
    answerReports,
    verdictFiles,
    spaceFiles,
  ],
  writes: [reports],
  tables: { registry: ['read'], online: ['read'] },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})
