import { isFlaw, parseTyped } from '../json-record.ts'
import type { Adapter } from './adapter.ts'

const FREE = ['context', 'attributes'] as const

/**
 * The contract's own format: one JSON object per line, with the contract's types. So a numeric
 * identifier is rejected. Free attributes keep every digit of an integer.
 */
export const jsonl: Adapter = {
  open: () => ({
    columns: { paths: null, times: ['timeMs'], unit: 'milliseconds' },
    read(text) {
      const parsed = parseTyped(text)
      if (isFlaw(parsed)) return parsed
      const { typed, exact } = parsed
      if (exact !== typed)
        for (const name of FREE) if (Object.hasOwn(typed, name)) typed[name] = exact[name]
      return [typed]
    },
  }),
}
