import type { Clock, Deliver } from '../ports.ts'
import { queueMissing } from './errors.ts'
import { createMoveTasks, type MoveTasks } from './move-tasks.ts'
import { createQueue, type Queue, type QueueDeclaration } from './queue.ts'

export interface Queues {
  /** By name, ARN or URL. Throws QueueDoesNotExist. */
  find(reference: string): Queue
  list(): Queue[]
  /** Sends what a rule, a schedule or a failed delivery leaves, as JSON. */
  deliverTo(reference: string): Deliver
  /** Messages in all the queues that others name as their dead-letter queue, or in those given. */
  deadLetters(alsoArns?: readonly string[]): number
  /** The queues that name this one as their dead-letter queue. */
  sourcesOf(arn: string): Queue[]
  readonly moves: MoveTasks
}

/** The queues of the templates. Throws for a dead-letter queue that none of them declares. */
export function createQueues(declarations: readonly QueueDeclaration[], clock: Clock): Queues {
  const byName = new Map<string, Queue>()
  function find(reference: string): Queue {
    const found = byName.get(reference.split(/[:/]/).at(-1)!)
    if (!found) throw queueMissing(reference)
    return found
  }
  for (const declaration of declarations) {
    const { name } = declaration
    if (name.endsWith('.fifo'))
      throw new Error(`queue ${name}: FIFO queues are not supported on the local cloud`)
    const queue = createQueue(declaration, clock, (arn, message) => void find(arn).send(message, 0))
    byName.set(name, queue)
  }
  for (const { name, redrive } of declarations)
    if (redrive && !byName.has(redrive.deadLetterArn.split(':').at(-1)!))
      throw new Error(
        `queue ${name}: its dead-letter queue ${redrive.deadLetterArn} is not declared`,
      )

  const sourcesOf = (arn: string): Queue[] =>
    [...byName.values()].filter(({ declaration }) => declaration.redrive?.deadLetterArn === arn)
  return {
    find,
    list: () => [...byName.values()],
    sourcesOf,
    moves: createMoveTasks(find, (arn) => sourcesOf(arn).length > 0, clock),
    deliverTo(reference) {
      const queue = find(reference)
      return async (payload) => {
        queue.send({ body: JSON.stringify(payload), attributes: {} })
      }
    },
    deadLetters(alsoArns = []) {
      const arns = new Set([
        ...alsoArns,
        ...declarations.flatMap(({ redrive }) => (redrive ? [redrive.deadLetterArn] : [])),
      ])
      return [...arns].reduce((sum, arn) => {
        const { visible, hidden, delayed } = find(arn).counts()
        return sum + visible + hidden + delayed
      }, 0)
    },
  }
}
