import { closingAccounts, closings, dropManifests, reports } from '../contract/keys.ts'
import { dailyRequestSchema } from '../contract/requests.ts'
import { declareStage } from '../contract/stage.ts'

export const report = declareStage({
  name: 'report',
  request: dailyRequestSchema,
  description: "Draws a scene's page: lineage, quality, accounts",
  timeoutMinutes: 5,
  memoryMiB: 1769,
  readsScenes: true,
  reads: [dropManifests, closingAccounts],
  lists: [dropManifests, closings],
  writes: [reports],
  tables: { registry: ['read'] },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})
