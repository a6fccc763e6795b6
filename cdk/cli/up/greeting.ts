import { rawPrefix } from '../../../functions/contract/keys.ts'
import { isoSeconds } from '../../../functions/contract/time.ts'
import { FROM_CONTAINERS, isLoopback } from '../../local/addresses.ts'
import type { Cloud } from '../../local/cloud.ts'
import { REGION } from '../../local/ports.ts'
import { formatTable } from '../table.ts'
import type { UpOptions } from './options.ts'

/** What a shell needs so that any client of AWS speaks to this cloud. */
const exportLine = (url: string): string =>
  `export AWS_ENDPOINT_URL=${url} AWS_REGION=${REGION} AWS_DEFAULT_REGION=${REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`

/** Said last, where nobody overlooks it. */
const warning = (host: string, port: number): string[] =>
  isLoopback(host)
    ? []
    : [
        `WARNING: it listens on ${host}. Whoever reaches port ${port} of this machine is the operator with any`,
        'key: reads and deletes everything here, runs functions, and sees the page. Only on a network you trust.',
        `From a container: http://${FROM_CONTAINERS}:${port}`,
        '',
      ]

/** What stands on the terminal once the cloud is up: where it is and what everything is called. */
export function greet(cloud: Cloud, { scene, host, port, speed, world }: UpOptions): string {
  const { buckets, tables, queues, stateMachines, functions } = cloud.declarations
  const names = [
    ...buckets.map(({ name }) => ['bucket', name]),
    ...tables.map(({ name }) => ['table', name]),
    ...queues.map(({ name }) => ['queue', name]),
    ...stateMachines.map(({ arn }) => ['state machine', arn]),
    ...functions.map(({ name, stage }) => [`function ${stage}`, name]),
  ]
  const clock =
    speed === 1 ? 'in real time' : `${speed} times as fast, standing still while work is under way`
  const raw = cloud.nameOf('Raw')
  return [
    formatTable(null, names),
    '',
    `endpoint  ${cloud.url}`,
    `page      ${cloud.url}/`,
    `time      ${isoSeconds(cloud.clock.now())}, ${clock}${world ? '; the seeded world is fed' : ''}`,
    `logs      ${cloud.logs}`,
    '',
    'Any key that is no stage’s is the operator’s. In another shell:',
    '',
    `  ${exportLine(cloud.url)}`,
    `  aws s3 cp events.jsonl s3://${raw}/${rawPrefix(scene, 'events')}`,
    '',
    ...warning(host, port),
    'Ctrl-C ends it.',
  ].join('\n')
}
