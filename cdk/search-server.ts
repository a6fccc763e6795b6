import { CfnOutput, Names, Stack } from 'aws-cdk-lib'
import type { Role } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { Scene } from '../functions/contract/scene.ts'
import {
  CREATED_ACCESS,
  type CreatedServer,
  isCreated,
  type OpenSearch,
  type ServerAccess,
} from '../functions/contract/search-server.ts'
import { allow, allowDomain } from './grants.ts'
import { createCollection } from './search-collection.ts'
import { createDomain, type ServerParts } from './search-domain.ts'

/** A scene that is mirrored. */
export interface MirroredScene {
  scene: string
  openSearch: OpenSearch
}
export const mirroredScenes = (scenes: readonly Scene[]): MirroredScene[] =>
  scenes.flatMap(({ scene, search }) =>
    search?.openSearch ? [{ scene, openSearch: search.openSearch }] : [],
  )

/** What a scene's server is known by: a grant and the ARN that it is for. */
interface Writable {
  access: ServerAccess
  arn: string | undefined
}

/** The servers of all mirrored scenes, and the endpoints of those that are created here. */
export interface SearchServers {
  /** Scene → endpoint, as JSON. Known at deployment only. */
  createdEndpoints: string
  /** Lets the role write to each of them, and to no other. */
  allowWrites: (role: Role) => void
}

/**
 * Creates a server for each scene that asks for one. Each has its own, so that one scene's load, size and
 * deletion touch no other; a scene that is to share one names it as a server of its own.
 */
export function searchServers(
  scope: Construct,
  parts: ServerParts,
  scenes: readonly MirroredScene[],
  writer: Role,
): SearchServers {
  const endpoints: Record<string, string> = {}
  const writable = scenes.map(({ scene, openSearch }): Writable => {
    if (!isCreated(openSearch)) return { access: openSearch.access, arn: openSearch.arn }
    const { endpoint, arn } = createServer(scope, parts, { scene, openSearch }, writer)
    endpoints[scene] = endpoint
    const description = `OpenSearch of the scene ${scene}`
    new CfnOutput(scope, `Endpoint${scene}`, { value: endpoint, description })
    return { access: CREATED_ACCESS[openSearch.create], arn }
  })
  return {
    createdEndpoints: Stack.of(scope).toJsonString(endpoints),
    allowWrites: (role) => {
      for (const server of writable) allowWritesTo(role, server)
    },
  }
}

/** "CreateDomain": 28 characters, fewer than a collection may have. */
const LONGEST_SCENE = 28 - '-01234567'.length

/** A server is named, because no policy of one can refer to the server itself. */
function nameOf(parent: Construct, scene: string): string {
  const digest = Names.nodeUniqueId(parent.node).slice(-8).toLowerCase()
  return `${scene.slice(0, LONGEST_SCENE)}-${digest}`
}

function createServer(
  scope: Construct,
  parts: ServerParts,
  { scene, openSearch }: { scene: string; openSearch: CreatedServer },
  writer: Role,
): { endpoint: string; arn: string } {
  const parent = new Construct(scope, `Server${openSearch.create}${scene}`)
  const name = nameOf(parent, scene)
  return openSearch.create === 'domain'
    ? createDomain(parent, { ...openSearch, name, writer }, parts)
    : createCollection(parent, { ...openSearch, name, writer }, parts)
}

function allowWritesTo(role: Role, { access, arn }: Writable): void {
  if (access === 'es') allowDomain(role, arn!)
  if (access === 'aoss') allow(role, { actions: ['aoss:APIAccessAll'], resources: [arn!] })
}
