import type { Scene } from '../../../functions/contract/scene.ts'
import type { Cloud } from '../../local/cloud.ts'
import { openPseudonyms } from '../ranking.ts'
import { openGraphBox } from './entity.ts'
import type { Panels } from './panels.ts'
import { type AnswerSearch, openSearchBox } from './search.ts'
import { openSpaceBox } from './space.ts'

/** The boxes of the page in which somebody asks: sections of the document, and what answers them. */

export const BASE = '/_quartermaster'
export const LOADING = '<p class="quiet">Loading: the accounts and the registry are being read.</p>'

/** live.js fills the list. */
const SEARCH_BOX = `<section>
    <h2>Search</h2>
    <input id="query" type="search" autocomplete="off" aria-label="Search the index" placeholder="words, &quot;a phrase&quot;, begin*, fuzy~, -without">
    <p id="found" class="quiet"></p>
    <ol id="hits" class="hits"></ol>
  </section>`

/** live.js fills the lists, and the panel `spaces` has what the report has. */
const spaceSection = (spaces: string): string => `<section>
    <h2 id="space">Space</h2>
    <div class="pair">
      <input id="item" type="search" autocomplete="off" aria-label="An item of the space" placeholder="an item: its neighbours">
      <input id="user" type="search" autocomplete="off" aria-label="A user of the space" placeholder="a user: what is recalled">
    </div>
    <p id="some" class="quiet"></p>
    <p id="near" class="quiet" role="status"></p>
    <ol id="neighbours" class="hits"></ol>
    <div id="spaces">${spaces}</div>
  </section>`

/** live.js draws the neighbourhood, and the panel `graphs` has what the report has. */
const graphSection = (graphs: string): string => `<section>
    <h2 id="graph">Graph</h2>
    <input id="entity" type="search" autocomplete="off" aria-label="An entity of the graph" placeholder="an entity as &lt;kind&gt;:&lt;name&gt;: its neighbourhood">
    <p id="entities" class="quiet"></p>
    <p id="around" class="quiet" role="status"></p>
    <div id="neighbourhood"></div>
    <div id="graphs">${graphs}</div>
  </section>`

/** live.js fills the list. */
const RETRIEVE_BOX = `<section>
    <h2>Retrieve</h2>
    <input id="question" type="search" autocomplete="off" aria-label="Retrieve passages of documents" placeholder="a question: the passages that answer it">
    <p id="retrieved" class="quiet" role="status"></p>
    <ol id="passages" class="hits"></ol>
  </section>`

export interface Boxes {
  /** By path. */
  answers: ReadonlyMap<string, AnswerSearch>
  /** The sections by their places in the document; empty for a box that the scene does not have. */
  draw(panels: Panels): Panels
  close(): void
}

/** The boxes of a scene: what it defines decides which ones there are. */
export function openBoxes(cloud: Cloud, { scene, ...defined }: Scene): Boxes {
  const loadPseudonyms = async () => {
    const pseudonymize = await openPseudonyms(cloud, scene)
    return (user: string): string => pseudonymize('user', user)
  }
  const search = openSearchBox(cloud, scene)
  const space = defined.embeddings ? openSpaceBox({ cloud, scene, loadPseudonyms }) : null
  const graph = defined.graph ? openGraphBox(cloud, scene) : null
  const answers = Object.entries({ search, space: space?.answer, entity: graph })
  return {
    answers: new Map(
      answers.flatMap(([name, answer]) => (answer ? [[`${BASE}/${name}.json`, answer]] : [])),
    ),
    draw: (panels) => ({
      search: search ? SEARCH_BOX : '',
      retrieve: search && defined.documents ? RETRIEVE_BOX : '',
      space: space ? spaceSection(panels['spaces'] ?? LOADING) : '',
      graph: graph ? graphSection(panels['graphs'] ?? LOADING) : '',
    }),
    close: () => space?.close(),
  }
}
