import type { Claim, Withdrawal } from '../../contract/claims.ts'
import type { ClaimManifest } from '../../contract/graph.ts'

/**
 * What batches of claims withdraw: the latest time of each source. A claim of a source is superseded where another batch
 * withdraws it. Memory: some 100 bytes a source, however many batches it is in.
 */
export class Superseded {
  readonly #throughMs = new Map<string, number>()

  note({ withdrawn }: Pick<ClaimManifest, 'withdrawn'>): void {
    for (const { source, throughMs } of withdrawn)
      if (throughMs > (this.#throughMs.get(source) ?? -1)) this.#throughMs.set(source, throughMs)
  }

  has({ source, validFromMs }: Pick<Claim, 'source' | 'validFromMs'>): boolean {
    return validFromMs <= (this.#throughMs.get(source) ?? -1)
  }

  /**
   * Whether all claims of a batch are superseded. A source that speaks withdraws what it said until one millisecond
   * before: where the latest withdrawal is later than its own in the batch, none of its claims is left.
   */
  hasAll({ sources, withdrawn }: Pick<ClaimManifest, 'sources' | 'withdrawn'>): boolean {
    const own = new Map(withdrawn.map(({ source, throughMs }) => [source, throughMs]))
    return sources.every((source) => {
      const throughMs = own.get(source)
      return throughMs !== undefined && this.has({ source, validFromMs: throughMs + 1 })
    })
  }

  *withdrawals(): Generator<Withdrawal> {
    for (const [source, throughMs] of this.#throughMs) yield { source, throughMs }
  }
}
