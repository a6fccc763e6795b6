import { z } from 'zod'

/** `search.openSearch` of a scene: the OpenSearch or Elasticsearch that gets the same documents as the index. */

/** How requests are signed: for a domain (`es`), a Serverless collection (`aoss`), or not at all. */
const ACCESS = ['es', 'aoss', 'none'] as const
export type ServerAccess = (typeof ACCESS)[number]

/** A server of the user's own. */
const ownServerSchema = z
  .strictObject({
    create: z.undefined().optional(),
    endpoint: z.url({ protocol: /^https?$/ }),
    access: z.enum(ACCESS).default('es'),
    /** Of the domain or collection: what the function may write to. */
    arn: z.string().startsWith('arn:').optional(),
  })
  .superRefine(({ access, arn }, context) => {
    if (access === 'none' || arn !== undefined) return
    const message = `access "${access}" needs the ARN to grant it`
    context.addIssue({ code: 'custom', path: ['arn'], message })
  })

/** Types with a local disk (i3, r6gd) take no volume, and the oldest ones encrypt none. */
const WITH_VOLUME = /^(?!i|t2|m3|r3|ultrawarm)[a-z]+\d[a-z]*(?<!d)\.[a-z0-9]+\.search$/

/** A domain of Amazon OpenSearch Service that the deployment creates. */
const domainSchema = z.strictObject({
  create: z.literal('domain'),
  instanceType: z
    .string()
    .regex(WITH_VOLUME, 'expected a type with volumes, such as r6g.large.search')
    .default('r6g.large.search'),
  /** An index has one replica, so a second instance keeps it when the first is lost. */
  instances: z
    .number()
    .int()
    .min(1)
    .max(80)
    .refine(
      (count) => count === 1 || count % 2 === 0 || count % 3 === 0,
      'expected 1, or a multiple of 2 or 3: as many in each Availability Zone',
    )
    .default(2),
  /** Of each instance. */
  volumeGiB: z.number().int().min(10).max(16_384).default(20),
})
export type CreatedDomain = z.infer<typeof domainSchema>

/** A collection of Amazon OpenSearch Serverless that the deployment creates. */
const collectionSchema = z.strictObject({
  create: z.literal('collection'),
  /** Capacity in a second Availability Zone. It doubles the least price, and cannot be changed later. */
  standbyReplicas: z.boolean().default(true),
})
export type CreatedCollection = z.infer<typeof collectionSchema>

export const openSearchSchema = z.discriminatedUnion(
  'create',
  [ownServerSchema, domainSchema, collectionSchema],
  'expected "domain" or "collection", or an endpoint and no "create"',
)
export type OpenSearch = z.infer<typeof openSearchSchema>
type OwnServer = z.infer<typeof ownServerSchema>
export type CreatedServer = Exclude<OpenSearch, OwnServer>

/** Whether the deployment creates the server. Its endpoint is then known only when it is deployed. */
export const isCreated = (openSearch: OpenSearch): openSearch is CreatedServer =>
  openSearch.create !== undefined

/** How requests to a created server are signed. */
export const CREATED_ACCESS = { domain: 'es', collection: 'aoss' } as const satisfies Record<
  CreatedServer['create'],
  ServerAccess
>

/**
 * Scene → endpoint of the server that the deployment created for it. `configuration.json` is written before
 * the server exists, so the endpoint arrives in an environment variable, as JSON.
 */
export const createdEndpoints = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON' })
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), z.url({ protocol: /^https$/ })))
export type CreatedEndpoints = z.infer<typeof createdEndpoints>
