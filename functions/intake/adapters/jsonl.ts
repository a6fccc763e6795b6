import { isFlaw, parseRecord } from '../json-record.ts'
import type { Adapter } from './adapter.ts'

/** The contract's own format: one JSON object a line. */
export const jsonl: Adapter = {
  open: () => ({
    read(text) {
      const record = parseRecord(text)
      return isFlaw(record) ? record : [record]
    },
  }),
}
