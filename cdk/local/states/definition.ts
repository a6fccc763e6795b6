import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { sha256Hex } from '../../../functions/core/digest.ts'

const require = createRequire(import.meta.url)
interface Validation {
  isValid: boolean
  errorsText(line: string): string
}

interface Nested {
  States: States
  ProcessorConfig?: { Mode?: string }
}
interface States {
  [name: string]: {
    Type: string
    Resource?: string
    Iterator?: Nested
    ItemProcessor?: Nested
    Branches?: Nested[]
    [field: string]: unknown
  }
}
export interface Task {
  name: string
  /** ARN of its function, or START_EXECUTION. */
  resource: string
  /** Whether it runs in child executions, which the machine starts of itself. */
  isDistributed: boolean
}
export interface Definition {
  /** As the engine gets it: without the timeout, which is a matter of virtual time. */
  body: { QueryLanguage?: string; States: States }
  timeoutSeconds: number | null
  tasks: Task[]
}

const LAMBDA = /^arn:aws:lambda:[^:]+:\d+:function:[^:]+$/
/** "Step Functions service integrations": starts an execution and goes on without its answer. */
export const START_EXECUTION = 'arn:aws:states:::states:startExecution'
/** What the engine ignores, or measures by this machine's clock. */
const UNKNOWN_FIELDS = [
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'Assign',
  'Credentials',
  'TimeoutSeconds',
  'TimeoutSecondsPath',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
]

/** One empty file for each definition that the validator of this version found valid. */
const FOUND_VALID = join(
  ...[import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'quartermaster'],
  'valid-definitions',
)

/** Validates a definition once on this machine: that compiles the validator's schema for half a second. */
function validate(machine: string, text: string, body: Definition['body']): void {
  const { version } = require('asl-validator/package.json') as { version: string }
  const found = join(FOUND_VALID, sha256Hex(`${version} ${text}`))
  if (existsSync(found)) return
  // The package has no types that its users can reach.
  const { isValid, errorsText } = require('asl-validator')(body) as Validation
  if (!isValid) throw new Error(`state machine ${machine}: ${errorsText('; ')}`)
  mkdirSync(FOUND_VALID, { recursive: true })
  writeFileSync(found, '')
}

/**
 * An Amazon States Language definition, checked: what the engine ignores or cannot run is refused by
 * name before anything starts. State names must differ, since the engine's overrides go by name.
 */
export function readDefinition(machine: string, text: string): Definition {
  const { TimeoutSeconds, ...body } = JSON.parse(text) as Definition['body'] & {
    TimeoutSeconds?: number
  }
  const refuse = (place: string, what: string): never => {
    throw new Error(`state machine ${place}: ${what} is not supported on the local cloud`)
  }
  validate(machine, text, body)
  const seen = new Set<string>()
  const tasks: Task[] = []
  function checkLanguage(place: string, language: unknown = 'JSONPath'): void {
    if (language !== 'JSONPath') refuse(place, `the query language ${language}`)
  }
  function visit(states: States, isDistributed: boolean): void {
    for (const [name, state] of Object.entries(states)) {
      if (seen.has(name)) throw new Error(`state machine ${machine}: two states are called ${name}`)
      seen.add(name)
      const place = `${machine}, ${name}`
      checkLanguage(place, state['QueryLanguage'])
      for (const field of UNKNOWN_FIELDS) if (state[field] !== undefined) refuse(place, field)
      if (state.Type === 'Wait') refuse(place, 'a Wait state')
      if (state.Type === 'Task') {
        const resource = state.Resource ?? ''
        if (!LAMBDA.test(resource) && resource !== START_EXECUTION)
          throw new Error(
            `state machine ${place}: the integration ${resource} is not supported on the local cloud; a Lambda's ARN and ${START_EXECUTION} are`,
          )
        tasks.push({ name, resource, isDistributed })
      }
      for (const inner of [state.Iterator, state.ItemProcessor, ...(state.Branches ?? [])])
        if (inner)
          visit(inner.States, isDistributed || inner.ProcessorConfig?.Mode === 'DISTRIBUTED')
    }
  }
  checkLanguage(machine, body.QueryLanguage)
  visit(body.States, false)
  return { body, timeoutSeconds: TimeoutSeconds ?? null, tasks }
}
