/** How other stacks know the store: by names and ARNs, which cannot change it. */
export interface StoreBucket {
  name: string
  arn: string
  /** ARN of the KMS key. */
  keyArn: string
}
export type StoreTable = StoreBucket
export interface StoreSecret {
  arn: string
  keyArn: string
}
export interface StoreNames {
  dataKeyArn: string
  raw: StoreBucket
  quarantine: StoreBucket
  lake: StoreBucket
  models: StoreBucket
  registry: StoreTable
  online: StoreTable
  identitySecret: StoreSecret
  producersSecret: StoreSecret
}
