export type { Series } from '../contract/values.ts'
