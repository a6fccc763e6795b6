/** What was decided of one part of the mapping, and how sure that is. */
export interface Guess {
  part: string
  says: string
  isSure: boolean
}
