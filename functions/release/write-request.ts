/** Who asks for a change says why, and when: the same request twice is one change. */
export interface WriteRequest {
  reason: string
  timeMs: number
}
