import { type Draws, drawsFor } from '../../../cdk/cli/world/draws.ts'
import * as ads from './ads.ts'
import * as languages from './languages.ts'
import * as media from './media.ts'
import * as news from './news.ts'
import * as odd from './odd.ts'
import * as orders from './orders.ts'
import * as pastimes from './pastimes.ts'
import * as portals from './portals.ts'
import * as ratings from './ratings.ts'
import * as shops from './shops.ts'
import * as tills from './tills.ts'
import * as tracking from './tracking.ts'
import * as traps from './traps.ts'
import type { LabelledLog } from './truth.ts'
import * as video from './video.ts'
import * as webServers from './web-servers.ts'

/** Every log of the corpus by name, drawn from a seed. None is copied: only the shapes are true. */
const MAKERS: Readonly<Record<string, (draws: Draws) => LabelledLog>> = {
  ...shops,
  ...orders,
  ...ratings,
  ...ads,
  ...media,
  ...tracking,
  ...odd,
  ...languages,
  ...news,
  ...tills,
  ...traps,
  ...video,
  ...webServers,
  ...pastimes,
  ...portals,
}

export const drawCorpus = (seed: number): [name: string, log: LabelledLog][] =>
  Object.entries(MAKERS).map(([name, make]) => [name, make(drawsFor(name, seed))])
