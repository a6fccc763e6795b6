import { readFileSync } from 'node:fs'
import { type Configuration, configurationSchema, type Scene } from '../contract/scene.ts'
import { OWN_STATE } from '../contract/training.ts'
import { digestOf } from './digest.ts'
import { InvalidInput } from './errors.ts'

/** `configuration.json` stands beside the handler's code: an environment holds only 4 KB. */
export function readConfiguration(directory: string): Configuration {
  return configurationSchema.parse(
    JSON.parse(readFileSync(`${directory}/configuration.json`, 'utf8')),
  )
}

/** Throws InvalidInput that lists the scenes there are. */
export function sceneOf(configuration: Configuration, scene: string): Scene {
  const found = configuration.scenes[scene]
  if (found) return found
  const known = Object.keys(configuration.scenes).join(', ')
  throw new InvalidInput(`unknown scene "${scene}": this deployment has ${known}`)
}

/** What lineage records: two configurations that mean the same have the same digest. */
export const configurationDigest = (scene: Scene): string => digestOf(scene)

/**
 * What a model cannot change while it is being trained on: what its slots mean, what its labels
 * are, and the state that its trainer goes on from. An increment continues only a model of its own
 * shape; all else in a configuration may change between one increment and the next. Our own
 * trainer's state is not written down, so that shapes from before there were others still hold.
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
