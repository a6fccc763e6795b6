import { packNetwork, unpackNetwork } from '../sage/item-network.ts'
import type { PlacementModels, PlacementWay } from './learn-placement.ts'
import { type PlacementModel, placementModelOf } from './placement-model.ts'

/** The order is that of the number in the header. */
const WAYS: readonly PlacementWay[] = ['first-users', 'smoothing', 'graphsage']

/** Placement models as sections of `items.qms`, all f32, and as numbers of its header. */
export interface PackedPlacement {
  sections: {
    /** contentDimensions × dimensions. */
    contentIn?: Float32Array
    contentOut?: Float32Array
    /** (4 · dimensions + 3) × dimensions each: placement-model.ts has the parts. */
    placeIn: Float32Array
    placeOut: Float32Array
    placeUser: Float32Array
    network?: Float32Array
  }
  hyperparameters: Record<string, number>
}

export function packPlacement(models: PlacementModels): PackedPlacement {
  const { way, contentIn, contentOut, itemIn, itemOut, user, network, explainedByContent } = models
  return {
    sections: {
      ...(contentIn && { contentIn }),
      ...(contentOut && { contentOut }),
      ...{ placeIn: itemIn.numbers, placeOut: itemOut.numbers, placeUser: user.numbers },
      ...(network && { network: packNetwork(network) }),
    },
    hyperparameters: {
      placementWay: WAYS.indexOf(way),
      ...(explainedByContent !== null && { explainedByContent }),
    },
  }
}

export function unpackPlacement(
  { sections, hyperparameters }: PackedPlacement,
  dimensions: number,
  contentDimensions: number,
): PlacementModels {
  const model = (numbers: Float32Array): PlacementModel => placementModelOf(numbers, dimensions)
  const { contentIn, contentOut, placeIn, placeOut, placeUser, network } = sections
  return {
    way: WAYS[hyperparameters['placementWay'] ?? 0]!,
    ...{ contentIn: contentIn ?? null, contentOut: contentOut ?? null },
    ...{ itemIn: model(placeIn), itemOut: model(placeOut), user: model(placeUser) },
    network: network ? unpackNetwork(network, dimensions, contentDimensions) : null,
    explainedByContent: hyperparameters['explainedByContent'] ?? null,
  }
}
