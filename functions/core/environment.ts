import { environmentSchema, type Stage, type StageEnvironment } from '../contract/stage.ts'
import { InvalidInput } from './errors.ts'

/**
 * Parses the function's environment at its composition root. Throws InvalidInput that names each
 * missing variable.
 */
export function parseEnvironment<S extends Stage>(
  stage: S,
  variables: Readonly<Record<string, string | undefined>>,
): StageEnvironment<S> {
  const parsed = environmentSchema(stage).safeParse(variables)
  if (parsed.success) return parsed.data as StageEnvironment<S>
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new InvalidInput(`the environment of ${stage.name} lacks ${wrong}`)
}
