import type { Claim, Withdrawal } from '../../contract/claims.ts'
import { type Refusals, refuse } from '../claims/claim.ts'
import type { ClaimBatch } from '../claims/claim-file.ts'
import type { Extracted } from './catalogue/catalogue.ts'

/** A batch that grows: claims, what made none, and the sources that they replace. */
export class GrowingBatch implements ClaimBatch {
  readonly claims: Claim[] = []
  readonly refused: Refusals = {}
  readonly withdrawn: Withdrawal[] = []
  gone = 0

  /** What the source said before `fromMs` is withdrawn. */
  replace(source: string, fromMs: number): void {
    if (fromMs > 0) this.withdrawn.push({ source, throughMs: fromMs - 1 })
  }

  add({ claims, refused }: Extracted): void {
    for (const claim of claims) this.claims.push(claim)
    for (const [reason, count] of Object.entries(refused)) refuse(this.refused, reason, count)
  }

  refuse(reason: string, count = 1): void {
    refuse(this.refused, reason, count)
  }
}
