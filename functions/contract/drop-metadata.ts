/** Metadata keys of a raw object. S3 writes them in lower case. */
export const DROP_METADATA = {
  /**
   * One of ADAPTERS in functions/intake/adapters/formats.ts. Defaults to the key's `format=` part,
   * then to `jsonl`.
   */
  format: 'quartermaster-format',
  /**
   * For the format `csv`: one of the scene's `logs.mappings`. Defaults to the key's `mapping=`
   * part.
   */
  mapping: 'quartermaster-mapping',
  /** For rows without a time: how many rows of the log come before this object's first row. */
  firstRow: 'quartermaster-first-row',
  /** For several sources that share one scene: the prefix of their item ids. */
  source: 'quartermaster-source',
} as const

/** Metadata of a signed object, see signature.ts. */
export const SIGNATURE_METADATA = {
  producer: 'qm-producer',
  /** Epoch milliseconds, 13 digits. */
  signedMs: 'qm-signed-ms',
  /** 64 hex digits. */
  signature: 'qm-signature',
} as const
