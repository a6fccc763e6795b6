import { sceneModelsPrefix } from '../contract/keys.ts'
import { parseEvaluationKey } from '../contract/model-keys.ts'
import { hasHash, NOBODY } from './person.ts'
import { unitOf } from './rewrite-objects.ts'
import type { Change, Step } from './step.ts'

/** Losses by user, in parallel lists: the hash becomes `NOBODY`, so that the lists stay parallel and the sums the same. */
export const rewriteEvaluations: Step = {
  name: 'evaluations',
  async *units({ models, scene, user }, cursor) {
    for (const { key } of await models.list(sceneModelsPrefix(scene), cursor ?? undefined)) {
      const bytes = parseEvaluationKey(key) && (await models.find(key))
      if (!bytes) continue
      const change: Change = {
        ...{ rows: 1, rewritten: 1, deleted: 0 },
        apply: () =>
          models.put(
            key,
            Buffer.from(bytes).toString('utf8').replaceAll(user, NOBODY),
            'application/json',
          ),
      }
      yield unitOf(key, bytes, hasHash(bytes, user) ? change : null)
    }
  },
}
