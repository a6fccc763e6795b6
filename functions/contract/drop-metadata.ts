/** Metadata keys of a raw object (S3 lower-cases them). */
export const DROP_METADATA = {
  /** One of ADAPTERS in functions/intake/adapters/formats.ts; else the key's `format=` part, else `jsonl`. */
  format: 'quartermaster-format',
  /** Of format `csv`: which of the scene's `logs.mappings`; else the key's `mapping=` part. */
  mapping: 'quartermaster-mapping',
  /** Where rows have no time but their order: how many of the log stand before this object's first. */
  firstRow: 'quartermaster-first-row',
  /** Where several sources share one scene: prefixes their item ids. */
  source: 'quartermaster-source',
} as const
