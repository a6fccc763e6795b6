import type { Kind } from '../../functions/contract/events.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import {
  type AdapterRecord,
  type DropFacts,
  NO_FACTS,
  RecordOfKind,
} from '../../functions/intake/adapters/adapter.ts'
import { ADAPTERS, type Format } from '../../functions/intake/adapters/formats.ts'
import { type Flaw, isFlaw, type Warning } from '../../functions/intake/json-record.ts'
import { scene } from './take-in.ts'

type Said = AdapterRecord | Flaw | Warning

/** What an adapter makes of lines, one answer a line; one flaw of a line is all of it. */
export function readLinesOf(
  format: Format,
  kind: Kind,
  lines: readonly string[],
  logs: Scene['logs'] = undefined,
  facts: Partial<DropFacts> = {},
): (Said[] | Flaw | null)[] {
  const reader = ADAPTERS[format].open(kind, { ...scene, logs }, { ...NO_FACTS, ...facts })
  return lines.map((line) => {
    const read = reader.read(line)
    if (read === null || isFlaw(read)) return read
    const said = [...read]
    return said.find(isFlaw) ?? said
  })
}

/** Records without what is undefined, so that they compare as the contract sees them. */
export const plain = (made: Said[] | Flaw | null): unknown =>
  Array.isArray(made)
    ? made.map((record) =>
        record instanceof RecordOfKind
          ? { kind: record.kind, ...JSON.parse(JSON.stringify(record.record)) }
          : JSON.parse(JSON.stringify(record)),
      )
    : made
