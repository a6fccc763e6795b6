import type { Scene } from '../contract/scene.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import type { LanguageModel } from './extract/language-model/port.ts'

export interface GraphPorts {
  lake: ObjectStore
  models: ObjectStore
  online: TableStore
  scene: Scene
  codeDigest: string
  /** Null: none is asked. */
  model: LanguageModel | null
}
