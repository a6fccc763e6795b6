import { rawPrefix } from '../../../functions/contract/keys.ts'
import { isoSeconds } from '../../../functions/contract/time.ts'
import { FROM_CONTAINERS, isLoopback } from '../../local/addresses.ts'
import type { Cloud } from '../../local/cloud.ts'
import { REGION } from '../../local/ports.ts'
import { formatTable } from '../table.ts'
import type { UpOptions } from './options.ts'

/** Shell line that points any AWS client at this cloud. */
const exportLine = (url: string): string =>
  `export AWS_ENDPOINT_URL=${url} AWS_REGION=${REGION} AWS_DEFAULT_REGION=${REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`

/** Printed last, so that it is not overlooked. */
const warning = (host: string, port: number): string[] =>
  isLoopback(host)
    ? []
    : [
        `WARNING: it listens on ${host}. Anyone who can reach port ${port} of this machine has operator rights with`,
        'any key: to read and delete all data, run functions, and see the page. Use it only on a trusted network.',
        `From a container: http://${FROM_CONTAINERS}:${port}`,
        '',
      ]

/** Printed once the cloud is up: its addresses and the names of its resources. */
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
    speed === 1
      ? 'in real time'
      : `at most ${speed} times as fast as real time; it stands still while work is in progress`
  const raw = cloud.nameOf('Raw')
  return [
    formatTable(null, names),
    '',
    `endpoint  ${cloud.url}`,
    `page      ${cloud.url}/`,
    `time      ${isoSeconds(cloud.clock.now())}, ${clock}${world ? '; the seeded world sends drops' : ''}`,
    `logs      ${cloud.logs}`,
    '',
    'Any access key works and has operator rights. In another shell:',
    '',
    `  ${exportLine(cloud.url)}`,
    `  aws s3 cp events.jsonl s3://${raw}/${rawPrefix(scene, 'events')}`,
    '',
    ...warning(host, port),
    'Press Ctrl-C to stop.',
  ].join('\n')
}
