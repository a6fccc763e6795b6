import { UsageError } from '../../errors.ts'
import { type Line, line, MONTH_DAYS, sum } from '../line.ts'
import type { Prices } from '../prices.ts'

/**
 * What OpenSearch Serverless runs at least: a unit to index and one to search; half of each without a standby.
 * Collections under one key share them, if they have a standby alike.
 */
export const FLOOR_OCUS = { withStandby: 2, withoutStandby: 1 } as const

/** The servers that scenes ask the deployment to create. */
export interface CreatedServers {
  domains: { instanceType: string; instances: number; volumeGib: number }[]
  /** Units that the collections run at least, all together. */
  ocus: number
}

type Properties = Record<string, unknown>

/** Reads them from the templates: `resourcesOf` has the properties of all resources of a type. */
export function countServers(resourcesOf: (type: string) => Properties[]): CreatedServers {
  const domains = resourcesOf('AWS::OpenSearchService::Domain').map((properties) => {
    const cluster = properties['ClusterConfig'] as { InstanceType: string; InstanceCount: number }
    const { VolumeSize: volumeGib } = properties['EBSOptions'] as { VolumeSize: number }
    const { InstanceType: instanceType, InstanceCount: instances } = cluster
    return { instanceType, instances, volumeGib }
  })
  const standbys = resourcesOf('AWS::OpenSearchServerless::Collection').map(
    (properties) => properties['StandbyReplicas'],
  )
  const ocus =
    (standbys.includes('ENABLED') ? FLOOR_OCUS.withStandby : 0) +
    (standbys.includes('DISABLED') ? FLOOR_OCUS.withoutStandby : 0)
  return { domains, ocus }
}

const SERVICE = 'OpenSearch'
const MONTH_HOURS = MONTH_DAYS * 24

/** A month of the servers at any load. None: no line. Throws UsageError for an instance type without a price. */
export function serverLines({ domains, ocus }: CreatedServers, prices: Prices): Line[] {
  const hours = [...Map.groupBy(domains, ({ instanceType }) => instanceType)].map(
    ([instanceType, alike]) => {
      const price = prices.openSearchInstanceHour[instanceType]
      if (price === undefined)
        throw new UsageError(`--prices: the list has no price of ${instanceType}`)
      const instances = sum(alike.map((domain) => domain.instances))
      return line(SERVICE, `hours of ${instanceType}`, instances * MONTH_HOURS, price)
    },
  )
  const gib = sum(domains.map(({ instances, volumeGib }) => instances * volumeGib))
  return [
    ...hours,
    ...(gib > 0
      ? [line(SERVICE, 'GiB-months of volumes', gib, prices.openSearchVolumeGibMonth)]
      : []),
    ...(ocus > 0
      ? [line(SERVICE, 'OCU-hours, at least', ocus * MONTH_HOURS, prices.openSearchOcuHour)]
      : []),
  ]
}
