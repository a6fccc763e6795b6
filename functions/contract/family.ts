export type Bucket = 'raw' | 'quarantine' | 'lake' | 'models'

/**
 * How long objects stay: as many days as the setting of that name says, by a lifecycle rule; until
 * `collect` deletes what nothing served needs any more; or for good.
 */
export type Retention =
  | 'rawRetentionDays'
  | 'quarantineRetentionDays'
  | 'lakeRetentionDays'
  | 'collected'
  | 'for good'

/** Objects of one kind: where they are, under which keys, for how long, and whether about users. */
export interface Family<B extends Bucket = Bucket> {
  bucket: B
  /** What matches its keys, as IAM and S3 read it: `*` is any run of characters. */
  pattern: string
  retention: Retention
  /** Whether its objects hold something of single users, by raw or by hashed id. */
  holdsUsers: boolean
}

/** Stands for a name in a key function's arguments, and makes a pattern of its key. */
export const ANY = '*'
export const under = (prefix: string): string => `${prefix}*`
export const folderOf = (key: string): string => under(key.slice(0, key.lastIndexOf('/') + 1))
/** The name of a file wherever it lies under a pattern, its digits open. */
export const fileIn = (pattern: string, key: string): string =>
  `${pattern}${key.slice(key.lastIndexOf('/')).replace(/\d+/g, ANY)}`

export const family = <B extends Bucket>(
  bucket: B,
  pattern: string,
  retention: Retention,
  about: 'users' | 'no users',
): Family<B> => ({ bucket, pattern, retention, holdsUsers: about === 'users' })

/** What comes before the first `*`: for filters that know prefixes only. */
export const prefixOf = ({ pattern }: Pick<Family, 'pattern'>): string =>
  pattern.slice(0, pattern.indexOf(ANY))
/** As `prefixOf`, of one scene. */
export const scenePrefixOf = ({ pattern }: Family, scene: string): string => {
  const named = pattern.replace(ANY, scene)
  return named.includes(ANY) ? named.slice(0, named.indexOf(ANY)) : named
}
