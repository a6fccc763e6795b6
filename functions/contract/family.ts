export type Bucket = 'raw' | 'quarantine' | 'lake' | 'models'

/**
 * How long objects stay. A setting name: that many days, by a lifecycle rule. `collected`: until
 * `collect` finds that no served release needs them. `for good`: they are never deleted.
 */
export type Retention =
  | 'rawRetentionDays'
  | 'quarantineRetentionDays'
  | 'lakeRetentionDays'
  | 'collected'
  | 'for good'

/**
 * Objects of one kind: their bucket, their keys, how long they stay, and whether they are about
 * users.
 */
export interface Family<B extends Bucket = Bucket> {
  bucket: B
  /** A pattern for keys, as IAM and S3 read it: `*` matches any run of characters. */
  pattern: string
  retention: Retention
  /** Whether its objects hold data about single users, by raw or hashed id. */
  holdsUsers: boolean
}

/** As an argument of a key function, it makes the key a pattern. */
export const ANY = '*'
export const under = (prefix: string): string => `${prefix}*`
export const folderOf = (key: string): string => under(key.slice(0, key.lastIndexOf('/') + 1))
/** A file's name under any folder of a pattern, with any digits. */
export const fileIn = (pattern: string, key: string): string =>
  `${pattern}${key.slice(key.lastIndexOf('/')).replace(/\d+/g, ANY)}`

export const family = <B extends Bucket>(
  bucket: B,
  pattern: string,
  retention: Retention,
  about: 'users' | 'no users',
): Family<B> => ({ bucket, pattern, retention, holdsUsers: about === 'users' })

/** The part before the first `*`, for filters that accept only prefixes. */
export const prefixOf = ({ pattern }: Pick<Family, 'pattern'>): string =>
  pattern.slice(0, pattern.indexOf(ANY))
/** As `prefixOf`, for one scene. */
export const scenePrefixOf = ({ pattern }: Family, scene: string): string => {
  const named = pattern.replace(ANY, scene)
  return named.includes(ANY) ? named.slice(0, named.indexOf(ANY)) : named
}
