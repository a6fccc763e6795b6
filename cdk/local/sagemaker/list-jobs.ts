import { pageOf } from '../paging.ts'
import type { TrainingJob } from './state.ts'

const PAGE = 10

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)
const SORTS: Readonly<Record<string, (job: TrainingJob) => string | number>> = {
  Name: ({ request }) => request.TrainingJobName,
  Status: ({ status }) => status,
  CreationTime: ({ createdMs }) => createdMs,
}

/** The jobs that a filter leaves, newest first unless it says otherwise ("ListTrainingJobs", SageMaker API reference). */
export function listJobs(all: readonly TrainingJob[], input: Record<string, unknown>) {
  const contains = String(input['NameContains'] ?? '')
  const after = Number(input['CreationTimeAfter'] ?? Number.NEGATIVE_INFINITY)
  const before = Number(input['CreationTimeBefore'] ?? Number.POSITIVE_INFINITY)
  const keyOf = SORTS[String(input['SortBy'] ?? 'CreationTime')] ?? SORTS['CreationTime']!
  const direction = input['SortOrder'] === 'Ascending' ? 1 : -1
  // Of one instant's jobs the later is the newer.
  const matching = (direction < 0 ? all.toReversed() : all)
    .filter(({ request }) => request.TrainingJobName.includes(contains))
    .filter(({ status }) => input['StatusEquals'] === undefined || status === input['StatusEquals'])
    .filter(({ createdMs }) => createdMs / 1000 > after && createdMs / 1000 < before)
    .sort((a, b) => direction * compare(keyOf(a), keyOf(b)))
  const { items, nextToken } = pageOf(matching, input['MaxResults'] ?? PAGE, input['NextToken'])
  return {
    TrainingJobSummaries: items.map(({ request, arn, status, createdMs, endedMs }) => ({
      TrainingJobName: request.TrainingJobName,
      TrainingJobArn: arn,
      TrainingJobStatus: status,
      CreationTime: createdMs / 1000,
      LastModifiedTime: (endedMs ?? createdMs) / 1000,
      ...(endedMs === null ? {} : { TrainingEndTime: endedMs / 1000 }),
    })),
    ...(nextToken === null ? {} : { NextToken: nextToken }),
  }
}
