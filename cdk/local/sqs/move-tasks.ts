import { uuidOf } from '../identifiers.ts'
import type { Clock } from '../ports.ts'
import { invalid, SqsError } from './errors.ts'
import { MAX_ENTRIES } from './limits.ts'
import type { Queue } from './queue.ts'

interface MoveTask {
  handle: string
  sourceArn: string
  destinationArn: string | null
  startedMs: number
  moved: number
  toMove: number
  failureReason: string | null
}

/** Redrives of dead letters, newest first ("StartMessageMoveTask", Amazon SQS API reference). */
export interface MoveTasks {
  /**
   * Moves what a dead-letter queue shows back to where each came from, or to one destination; all
   * of it at once, so that no task is ever found running. Throws SqsError for a queue that is
   * nobody's dead-letter queue.
   */
  start(source: Queue, destinationArn: string | undefined): { TaskHandle: string }
  list(source: Queue, maxResults: number | undefined): { Results: Record<string, unknown>[] }
}

export function createMoveTasks(
  find: (reference: string) => Queue,
  isDeadLetterQueue: (arn: string) => boolean,
  clock: Clock,
): MoveTasks {
  const tasks: MoveTask[] = []

  function moveAll(source: Queue, task: MoveTask): void {
    for (;;) {
      const taken = source.receive(MAX_ENTRIES)
      if (taken.length === 0) return
      for (const message of taken) {
        const arn = task.destinationArn ?? message.sourceArn
        if (arn === null) {
          task.failureReason = 'CouldNotDetermineMessageSource'
          for (const { receiptHandle } of taken.slice(taken.indexOf(message)))
            source.changeVisibility(receiptHandle, 0)
          return
        }
        source.remove(message.receiptHandle)
        find(arn).send({ ...message, sourceArn: null }, 0)
        task.moved++
      }
    }
  }
  return {
    start(source, destinationArn) {
      const { arn } = source.declaration
      if (!isDeadLetterQueue(arn))
        throw invalid(`Source queue must be configured as a Dead Letter Queue: ${arn}`)
      if (destinationArn !== undefined) find(destinationArn)
      const task: MoveTask = {
        handle: uuidOf(`move ${tasks.length + 1} from ${arn}`),
        sourceArn: arn,
        destinationArn: destinationArn ?? null,
        startedMs: clock.now(),
        moved: 0,
        toMove: source.counts().visible,
        failureReason: null,
      }
      tasks.unshift(task)
      moveAll(source, task)
      return { TaskHandle: task.handle }
    },
    list(source, maxResults = 1) {
      if (!(maxResults >= 1 && maxResults <= MAX_ENTRIES))
        throw new SqsError('InvalidParameterValue', `MaxResults is 1 to 10, not ${maxResults}`)
      const { arn } = source.declaration
      const Results = tasks
        .filter(({ sourceArn }) => sourceArn === arn)
        .slice(0, maxResults)
        .map((task) => ({
          Status: task.failureReason === null ? 'COMPLETED' : 'FAILED',
          SourceArn: task.sourceArn,
          ...(task.destinationArn === null ? {} : { DestinationArn: task.destinationArn }),
          ApproximateNumberOfMessagesMoved: task.moved,
          ApproximateNumberOfMessagesToMove: task.toMove,
          ...(task.failureReason === null ? {} : { FailureReason: task.failureReason }),
          StartedTimestamp: task.startedMs,
        }))
      return { Results }
    },
  }
}
