import { z } from 'zod'
import { embedRequestSchema } from '../contract/embedding-run.ts'
import {
  cleanDocumentFiles,
  cleanItemFiles,
  cleanUserFiles,
  closedFiles,
  closings,
  dropManifests,
  graphFiles,
  spaceCheckpoints,
  spaceFiles,
  spaceJobFolders,
  spaceRunChannels,
  spaceTrainings,
  spaceUserFiles,
  verdictFiles,
} from '../contract/keys.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { declareStage, named } from '../contract/stage.ts'

const events = [closings, closedFiles, verdictFiles] as const
const statements = [dropManifests, cleanItemFiles, cleanUserFiles, cleanDocumentFiles] as const
const space = [spaceFiles, spaceUserFiles] as const
const training = [spaceRunChannels, spaceJobFolders, spaceCheckpoints] as const

export const embed = declareStage({
  name: 'embed',
  request: embedRequestSchema,
  description:
    'Trains the space of users and items again if its definition changed or a week has passed',
  timeoutMinutes: 15,
  // The most that a Lambda has, and with it six processors. placeTraining says what fits.
  memoryMiB: 10_240,
  readsScenes: true,
  reads: [...events, ...statements, ...space, spaceRunChannels, spaceJobFolders, graphFiles],
  lists: [...events, ...statements, ...space, spaceTrainings],
  writes: [...space, spaceRunChannels],
  deletes: [...space, ...training],
  tables: { registry: ['read'], online: ['read', 'write', 'write in batches'] },
  variables: {
    /** Whether the training image has the program that trains a space: no other image has. */
    SPACE_TASK: z.enum(['deployed', 'absent']),
    TRAINING_IMAGE: named,
    SPACE_TRAINING_ROLE: named,
    MODELS_KEY: named,
  },
  metrics: {
    /** Spaces that the gate refused. */
    SpaceRefused: { of: 'scene', unit: 'Count' },
    /** HR@10 of the chosen lists over that of popularity, in percent. */
    SpaceLift: { of: 'scene', unit: 'Percent' },
    /** The share of the served space's neighbours that the new one keeps. */
    SpaceOverlap: { of: 'scene', unit: 'Percent' },
  },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})

export const place = declareStage({
  name: 'place',
  request: scheduledRequestSchema,
  description: 'Places new items and users in the spaces that are kept, after a closing',
  timeoutMinutes: 15,
  memoryMiB: 3008,
  readsScenes: true,
  reads: [...events, ...statements, ...space],
  lists: [...events, ...statements, ...space],
  writes: space,
  tables: { online: ['read', 'write', 'write in batches'] },
  metrics: {
    ItemsPlaced: { of: 'scene', unit: 'Count' },
    UsersPlaced: { of: 'scene', unit: 'Count' },
    /** From the closing that new items and users are in until they are placed: it grows while no call succeeds. */
    PlacementAge: { of: 'scene', unit: 'Seconds' },
  },
  cost: { invokedBy: 'schedule', requestsGrowWith: 'drops', bytesGrowWith: 'events' },
})
