import type { SearchDefinition } from '../../contract/search.ts'
import { QuartermasterError } from '../../core/errors.ts'
import { type IndexOptions, indexTemplate } from './index-template.ts'
import { indexPattern, physicalIndex, readAlias } from './names.ts'
import {
  describeAnswer,
  errorOf,
  pathOf,
  type SearchServer,
  type ServerAnswer,
  type ServerRequest,
} from './server.ts'

async function sendAllowing(
  server: SearchServer,
  request: ServerRequest,
  isAllowed: (answer: ServerAnswer) => boolean,
): Promise<ServerAnswer> {
  const answer = await server.send(request)
  if (answer.status === 200 || isAllowed(answer)) return answer
  throw new QuartermasterError(
    `Search server: ${request.method} ${request.path}: ${describeAnswer(answer.status, answer.body)}`,
  )
}
const never = (): boolean => false

type Mappings = Record<string, { mappings?: { _meta?: { quartermaster?: string } } }>

/**
 * Makes the physical index of a generation, with the alias for its writers. Returns false where it exists.
 * Throws QuartermasterError where one exists that was made of another definition.
 */
export async function createIndex(
  server: SearchServer,
  search: SearchDefinition,
  scene: string,
  generation: string,
  options?: IndexOptions,
): Promise<boolean> {
  const physical = physicalIndex(scene, generation)
  const template = indexTemplate(search, scene, generation, options)
  const answer = await sendAllowing(
    server,
    { method: 'PUT', path: pathOf(physical), body: JSON.stringify(template) },
    ({ body }) => errorOf(body).type === 'resource_already_exists_exception',
  )
  if (answer.status === 200) return true
  const path = pathOf(physical, '_mapping')
  const { body } = await sendAllowing(server, { method: 'GET', path }, never)
  const expected = (template.mappings as { _meta: { quartermaster: string } })._meta.quartermaster
  const found = (body as Mappings)[physical]?.mappings?._meta?.quartermaster
  if (found === expected) return false
  throw new QuartermasterError(
    `Search index ${physical} exists, of another definition: expected ${expected}, found ${found}; delete it`,
  )
}

/**
 * Points the scene's alias, which outside readers search, at a generation. One request removes it from
 * every other index of the scene and adds it: no search finds none or two.
 */
export async function pointAlias(
  server: SearchServer,
  scene: string,
  generation: string,
): Promise<void> {
  const alias = readAlias(scene)
  const actions = [
    { remove: { index: indexPattern(scene), alias, must_exist: false } },
    { add: { index: physicalIndex(scene, generation), alias } },
  ]
  const body = JSON.stringify({ actions })
  await sendAllowing(server, { method: 'POST', path: pathOf('_aliases'), body }, never)
}

/** Deletes the physical index of a generation, and its aliases with it. A missing one is no error. */
export async function deleteIndex(
  server: SearchServer,
  scene: string,
  generation: string,
): Promise<void> {
  const path = pathOf(physicalIndex(scene, generation))
  await sendAllowing(server, { method: 'DELETE', path }, ({ status }) => status === 404)
}
