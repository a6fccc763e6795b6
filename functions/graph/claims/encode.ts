import {
  CLAIM_COLUMNS,
  type Claim,
  type ClaimRow,
  claimSchema,
  FACT_COLUMNS,
  type Fact,
  type FactRow,
} from '../../contract/claims.ts'
import { CorruptArtifact, describeFirstError } from '../../core/errors.ts'
import { readParquet, writeParquet } from '../../core/parquet.ts'
import { uniqueClaims } from './claim.ts'

const textOf = (object: string | number): string | null =>
  typeof object === 'string' ? object : null
const numberOf = (object: string | number): number | null =>
  typeof object === 'number' ? object : null

const claimRow = (claim: Claim): ClaimRow => ({
  ...{ subject: claim.subject, relation: claim.relation, isEntity: claim.isEntity },
  ...{ object: textOf(claim.object), number: numberOf(claim.object), unit: claim.unit ?? null },
  ...{ source: claim.source, extractor: claim.extractor, confidence: claim.confidence },
  ...{ provider: claim.provider ?? null, validFromMs: claim.validFromMs },
  ...{ fromChar: claim.fromChar ?? null, throughChar: claim.throughChar ?? null },
})

/** Claims as Parquet, in canonical order. The same set of claims gives the same bytes. */
export const encodeClaims = (claims: readonly Claim[]): Uint8Array =>
  writeParquet(CLAIM_COLUMNS, uniqueClaims(claims).map(claimRow))

function claimOf(row: ClaimRow): Claim {
  const { object, number, unit, provider, fromChar, throughChar, ...rest } = row
  return {
    ...rest,
    object: (object ?? number)!,
    ...(unit != null && { unit }),
    ...(provider != null && { provider }),
    ...(fromChar != null && { fromChar, throughChar: throughChar! }),
  }
}

/** Claims of bytes whose digest was checked: `encodeClaims` wrote them. */
export const decodeKnownClaims = async (bytes: Uint8Array): Promise<Claim[]> =>
  (await readParquet<ClaimRow>(bytes, Object.keys(CLAIM_COLUMNS))).map(claimOf)

/** Reads a file of claims. Throws CorruptArtifact, which names the row, for one that is no claim. */
export async function decodeClaims(bytes: Uint8Array, name: string): Promise<Claim[]> {
  return (await decodeKnownClaims(bytes)).map((claim, at) => {
    const { success, error } = claimSchema.safeParse(claim)
    if (success) return claim
    throw new CorruptArtifact(`${name}, row ${at}: ${describeFirstError(error)}`, { cause: error })
  })
}

const factRow = ({ object, unit, sources, ...fact }: Fact): FactRow => ({
  ...fact,
  ...{ object: textOf(object), number: numberOf(object), unit: unit ?? null },
  sources: JSON.stringify(sources),
})

/** Facts as Parquet. They must be in canonical order. */
export const encodeFacts = (facts: readonly Fact[]): Uint8Array =>
  writeParquet(FACT_COLUMNS, facts.map(factRow))

export async function decodeFacts(bytes: Uint8Array): Promise<Fact[]> {
  const rows = await readParquet<FactRow>(bytes, Object.keys(FACT_COLUMNS))
  return rows.map(({ object, number, unit, sources, ...row }) => ({
    ...row,
    object: (object ?? number)!,
    ...(unit != null && { unit }),
    sources: JSON.parse(sources) as string[],
  }))
}
