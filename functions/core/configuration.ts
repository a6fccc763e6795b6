import { readFileSync } from 'node:fs'
import { type Configuration, configurationSchema, type Scene } from '../contract/scene.ts'
import { OWN_STATE } from '../contract/training.ts'
import { digestOf } from './digest.ts'
import { InvalidInput } from './errors.ts'

/** `configuration.json` is beside the handler's code, because an environment holds only 4 KB. */
export function readConfiguration(directory: string): Configuration {
  return configurationSchema.parse(
    JSON.parse(readFileSync(`${directory}/configuration.json`, 'utf8')),
  )
}

/** Throws InvalidInput that lists the known scenes. */
export function sceneOf(configuration: Configuration, scene: string): Scene {
  const found = configuration.scenes[scene]
  if (found) return found
  const known = Object.keys(configuration.scenes).join(', ')
  throw new InvalidInput(`unknown scene "${scene}": this deployment has ${known}`)
}

/**
 * The digest that the lineage records. Configurations with the same meaning have the same digest.
 */
export const configurationDigest = (scene: Scene): string => digestOf(scene)

/**
 * Digest of what must not change while a model is trained further: the meaning of its slots, the
 * definition of its labels, and the state that its trainer continues. An increment continues only a
 * model of the same shape. Everything else in a configuration may change between increments. The
 * state of our own trainer is left out of the digest, so that shapes from before other trainers
 * existed stay valid.
 */
export const shapeDigest = (
  { objective, outcomes, features, model }: Scene,
  trainerState = OWN_STATE,
): string =>
  digestOf({
    ...(trainerState === OWN_STATE ? {} : { trainerState }),
    objective,
    attributionWindowMinutes: outcomes[objective]!.attributionWindowMinutes,
    features,
    kind: model.kind,
    hashBits: model.hashBits,
    factors: model.kind === 'factorization-machine' ? model.factors : 0,
  })
