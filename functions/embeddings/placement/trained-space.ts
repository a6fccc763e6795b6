import type { VectorTable } from '../../contract/space.ts'

/** Trained vectors. Only rows with edges (degree above 0) are learned from. */
export interface TrainedSpace {
  dimensions: number
  contentDimensions: number
  items: VectorTable
  users: VectorTable
}
