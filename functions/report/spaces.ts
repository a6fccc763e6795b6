import type { Scene } from '../contract/scene.ts'
import { escapeHtml } from './document.ts'
import { formatDay, formatNumber, formatText } from './format.ts'
import { describeNewest } from './newest-generation.ts'
import { drawGenerations, drawOverTime } from './space-figures.ts'
import { type Spaces, spacesSchema } from './space-findings.ts'
import { drawMap, drawNeighbours } from './space-map.ts'

const NOT_YET =
  'No space has been trained yet. The first is trained once a day is closed that has outcomes of the scene.'

function describeTrained({ trained, map, served }: Spaces): string {
  if (!map) return ''
  const which =
    map.generation === served ? 'The served space' : 'The newest space, which is not served'
  if (!trained) return `<p>${which}, ${escapeHtml(map.generation)}.</p>`
  const { counts, popularityWeight, dataFromMs, dataThroughMs } = trained
  const content = `${formatNumber(counts.users)} users, ${formatNumber(counts.items)} items, ${formatNumber(counts.documents)} documents and ${formatNumber(counts.edges)} edges`
  return `<p>${which}, ${escapeHtml(map.generation)}: ${content}, of events from ${formatDay(dataFromMs)} to ${formatDay(dataThroughMs - 1)}; α of popularity ${popularityWeight}.</p>`
}

/** How the newest one was aligned, and what its gate left out. */
function describeGate({ generations }: Spaces): string {
  const newest = generations.find(({ comparison }) => comparison !== null)?.comparison
  if (!newest) return ''
  const left = newest.leftOut.map((reason) => `<li>${escapeHtml(formatText(reason))}</li>`).join('')
  return `<p class="quiet">Alignment of the newest: ${escapeHtml(formatText(newest.alignment))}.</p>
${left === '' ? '' : `<p class="quiet">Its gate left out:</p><ul class="quiet">${left}</ul>`}`
}

const MAP_NOTE =
  'Each point is an item; point at it for its name. Near points are likely alike, and the axes mean nothing. Each space is turned to the one before, so the map keeps its place.'
const GENERATIONS_NOTE =
  'HR@10: the share of users whose last event is among the first ten, without what they had before; equal times are in the order of the log. Overlap: how many of ten nearest items stay, beside two trainings that differ in their seed. Cosine: the mean over items that both spaces have, as published and after the best rotation. A hollow point was refused.'

/** The section of one scene. Empty where the scene has no space and defines none. */
export function drawSpace(own: unknown, configuration: Scene | undefined): string {
  const spaces = own === undefined ? null : spacesSchema.parse(own)
  if (!spaces || spaces.generations.length === 0)
    return configuration?.embeddings ? `<p class="quiet">${NOT_YET}</p>` : ''
  const { map, neighbours } = spaces
  return `${describeNewest(spaces.generations[0]!, 'space', spaces.served)}
${describeTrained(spaces)}
${map ? `<p class="quiet">${MAP_NOTE}</p>\n${drawMap(map.points)}` : '<p class="quiet">No space has been judged yet, so there is no map.</p>'}
${neighbours ? `<h3>Neighbours of ten items, before and after</h3>\n${drawNeighbours(neighbours)}` : ''}
<h3>Generations of the space</h3>
<p class="quiet">${GENERATIONS_NOTE}</p>
${drawGenerations(spaces)}
${drawOverTime(spaces)}
${describeGate(spaces)}`
}

/** The spaces of all scenes. */
export function drawSpaces(
  byScene: Readonly<Record<string, unknown>>,
  scenes: readonly string[],
  configurations: readonly Scene[] = [],
): string {
  return scenes
    .map((scene) => {
      const configuration = configurations.find((known) => known.scene === scene)
      const drawn = drawSpace(byScene[scene], configuration)
      return drawn !== '' && scenes.length > 1 ? `<h3>${escapeHtml(scene)}</h3>\n${drawn}` : drawn
    })
    .filter((drawn) => drawn !== '')
    .join('\n')
}
