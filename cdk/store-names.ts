/** How the store is known outside its stack: by name, ARN and key, none of which can change it. */
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
}
