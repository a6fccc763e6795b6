import { type Environment, environments, type StageName } from '../contract/environments.ts'
import { InvalidInput } from './errors.ts'

/** The function's environment, parsed at its composition root. Throws InvalidInput naming each variable. */
export function parseEnvironment<S extends StageName>(
  stage: S,
  variables: Readonly<Record<string, string | undefined>>,
): Environment<S> {
  const parsed = environments[stage].safeParse(variables)
  if (parsed.success) return parsed.data as Environment<S>
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new InvalidInput(`the environment of ${stage} lacks ${wrong}`)
}
