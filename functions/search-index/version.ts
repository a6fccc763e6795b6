/** Order of statements about one document, as of statements about an item (features/catalogue.ts): the greatest holds. */
export interface Version {
  knowableMs: number
  drop: string
  row: number
}

/** Negative: `a` is the earlier statement. 0: they are the same one. */
export const compareVersions = (a: Version, b: Version): number =>
  a.knowableMs - b.knowableMs || (a.drop < b.drop ? -1 : a.drop > b.drop ? 1 : 0) || a.row - b.row
