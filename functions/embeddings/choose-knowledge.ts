import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import type { Scene } from '../contract/scene.ts'
import type { KnowledgeFigures } from '../contract/space-comparison.ts'
import { walkVectors } from './choose-lists.ts'
import { trainDeepWalk } from './deepwalk/training.ts'
import type { Graph } from './graph/graph.ts'
import { describeByLinks, withLinkAttributes } from './graph/linked-items.ts'
import { tablesOf } from './make-tables.ts'
import { fitsTwice, placeTraining } from './place-training.ts'
import type { World } from './read-world.ts'
import { hitDifference } from './recommend/choose.ts'
import { deepWalkRecommender } from './recommend/deep-walk.ts'
import { judge } from './recommend/judge.ts'
import { choosePopularityWeight } from './recommend/popularity-weight.ts'
import type { ServedLinks } from './served-links.ts'
import { type Both, buildGraphs, type Lessons, trainingDefinitions } from './train-spaces.ts'

export interface KnowledgeInput {
  world: Pick<World, 'items' | 'documents'>
  lessons: Lessons
  /** Null: no knowledge graph is served. */
  links: ServedLinks | null
  scene: Pick<Scene, 'training'> & { embeddings: EmbeddingsDefinition }
}
export interface KnowledgeChoice {
  /** What the generation is trained on. */
  graphs: Both<Graph>
  knowledge: KnowledgeFigures
}

/** How well a space finds what it has not seen: each user's last event but one, and the last. */
function judgeGraph({ world, lessons, scene }: KnowledgeInput, graph: Graph) {
  const definition = scene.embeddings
  const { split, heldOut } = lessons
  const vectors = trainDeepWalk(graph, trainingDefinitions(definition).heldOut)
  const tables = tablesOf(graph, vectors, world, heldOut, definition)
  const walks = walkVectors(tables, split.training)
  const known = split.training
  const choice = { known, events: split.validation }
  const popularityWeight = definition.popularityWeight ?? choosePopularityWeight(walks, choice)
  const recommender = deepWalkRecommender(walks, popularityWeight)
  return {
    choice: judge(recommender, choice),
    test: judge(recommender, { known, events: split.test }),
  }
}

/**
 * Trains the held-out space without and with what a knowledge graph links items to, and takes the links where they
 * find at least as many held-out events. Where four trainings do not fit the function, it compares nothing and takes
 * none. The same input gives the same choice.
 */
export function chooseKnowledge(input: KnowledgeInput): KnowledgeChoice {
  const { world, lessons, links, scene } = input
  const { graph } = scene.embeddings
  const plain = buildGraphs(world, lessons, scene.embeddings)
  const notTaken = (reason: string): KnowledgeChoice => ({
    graphs: plain,
    knowledge: {
      ...{ graph: links?.generation ?? null, isTaken: false, reason },
      ...{ users: 0, choice: null, test: null },
    },
  })
  if (!links) return notTaken('no knowledge graph was served')
  const linked = buildGraphs(
    { ...world, items: describeByLinks(world.items, links.links) },
    lessons,
    { ...scene.embeddings, graph: withLinkAttributes(graph, links.links) },
  )
  const { ids, targets } = linked.all
  const placement = placeTraining(ids.length, targets.length / 2, scene)
  if (!fitsTwice(placement))
    return notTaken(`the graph is too large to train it twice as often: ${placement.reason}`)
  const [without, withLinks] = [plain, linked].map(({ heldOut }) => judgeGraph(input, heldOut))
  return decide(input, { plain, linked }, without!, withLinks!)
}

type Judgement = ReturnType<typeof judgeGraph>

function decide(
  { links, lessons }: KnowledgeInput,
  { plain, linked }: Record<'plain' | 'linked', Both<Graph>>,
  without: Judgement,
  withLinks: Judgement,
): KnowledgeChoice {
  const isTaken = withLinks.choice.hitRate >= without.choice.hitRate
  const { low, high } = hitDifference(withLinks.test, without.test, lessons.split.history.users)
  const ratesOf = (which: keyof Judgement) => ({
    with: withLinks[which].hitRate,
    without: without[which].hitRate,
  })
  const reason = isTaken
    ? 'with links, lists find at least as many held-out events'
    : 'with links, lists find fewer held-out events'
  return {
    graphs: isTaken ? linked : plain,
    knowledge: {
      ...{ graph: links!.generation, isTaken, reason },
      ...{ users: withLinks.test.users.length, choice: ratesOf('choice') },
      test: { ...ratesOf('test'), low, high },
    },
  }
}
