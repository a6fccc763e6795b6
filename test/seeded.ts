import fc from 'fast-check'

/**
 * Properties are tried on the same examples in every run; `PROPERTY_SEED=2 npx vitest run` tries
 * others.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) })
