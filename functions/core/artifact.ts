import {
  MODEL_FORMAT_VERSION,
  MODEL_MAGIC,
  type ModelHeader,
  modelHeaderSchema,
} from '../contract/artifact.ts'
import { type ArtifactFormat, decodeSections, encodeSections } from './sections.ts'

export type Section = Uint32Array | Float32Array | Float64Array
export interface ModelArtifact {
  header: ModelHeader
  sections: Readonly<Record<string, Section>>
}

const FORMAT: ArtifactFormat<ModelHeader> = {
  magic: MODEL_MAGIC,
  formatVersion: MODEL_FORMAT_VERSION,
  header: modelHeaderSchema,
}

/** The bytes of `model.qmm`. Equal models give equal bytes. */
export const encodeModel = (
  header: Omit<ModelHeader, 'sections'>,
  sections: Readonly<Record<string, Section>>,
): Uint8Array => encodeSections(FORMAT, header, sections)

/** Reads the model from the bytes of `model.qmm`. Throws CorruptArtifact, as `decodeSections` does. */
export const decodeModel = (bytes: Uint8Array, name = 'model.qmm'): ModelArtifact =>
  // The header's schema has no section of bytes.
  decodeSections(FORMAT, bytes, name) as ModelArtifact
