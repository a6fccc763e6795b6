import type { Deployed } from './deployed.ts'
import { ASSUMED, type Line, line, MONTH_DAYS } from './line.ts'
import type { Measured } from './measured.ts'
import type { Prices } from './prices.ts'
import { serverLines } from './search/servers.ts'

/** A month without drops: fixed resources, and scheduled runs that find nothing to do. */
export function restOf(measured: Measured, deployed: Deployed, prices: Prices): Line[] {
  const runs = deployed.runsPerDay * MONTH_DAYS
  const secondsOf = (stage: string): number => {
    const used = measured.stages[stage]
    const gib = deployed.functions[stage]?.memoryGib ?? 0
    return used && used.invocations > 0 ? (used.seconds / used.invocations) * gib : 0
  }
  return [
    line('KMS', 'keys', deployed.keys, prices.kmsKeyMonth),
    line('Secrets Manager', 'secrets', deployed.secrets, prices.secretMonth),
    line('CloudWatch', 'metrics of alarms', deployed.alarmMetrics, prices.alarmMetricMonth),
    line('CloudWatch', 'dashboards', deployed.dashboards, prices.dashboardMonth),
    line('ECR', 'GiB-months', deployed.images * ASSUMED.imageGib, prices.ecrGibMonth),
    line('SQS', 'polls', deployed.eventSources * ASSUMED.pollsPerMonth, prices.sqsRequest),
    line(
      'Scheduler',
      'invocations',
      runs + deployed.callsPerDay * MONTH_DAYS,
      prices.schedulerInvocation,
    ),
    line(
      'Step Functions',
      'transitions of idle runs',
      runs * (2 + ASSUMED.statesPerRun),
      prices.stepFunctionsTransition,
    ),
    line(
      'Lambda',
      'GiB-seconds of idle runs',
      runs * (secondsOf('plan') + secondsOf('start')),
      prices.lambdaArmGibSecond,
    ),
    ...serverLines(deployed.servers, prices),
  ]
}
