import { graphFiles, searchFiles, spaceFiles } from '../contract/keys.ts'
import { declareStage } from '../contract/stage.ts'

export const search = declareStage({
  name: 'search',
  description:
    'Searches the index of a scene, or retrieves passages: {scene, query, …} or a request to its URL',
  timeoutMinutes: 1,
  // The `index` objects of a generation: some 150 bytes a document of sixty words, in pages some ten.
  memoryMiB: 1769,
  readsScenes: true,
  reads: [searchFiles, spaceFiles, graphFiles],
  tables: { registry: ['read'], online: ['read', 'read in batches'] },
  cost: { invokedBy: 'person', requestsGrowWith: 'drops', bytesGrowWith: 'runs' },
})
