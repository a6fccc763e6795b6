import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { Alarms } from './alarms.ts'
import { Anticheat } from './anticheat.ts'
import { Audit } from './audit.ts'
import { Budget } from './budget.ts'
import type { Bundles } from './bundle.ts'
import { Closing } from './closing.ts'
import type { Deployment } from './config.ts'
import { deadLetterQueue } from './dead-letters.ts'
import { Embeddings, embeddedScenes } from './embeddings.ts'
import { Evaluate } from './evaluate.ts'
import { Features } from './features.ts'
import { Graph, graphScenes } from './graph.ts'
import { Intake } from './intake.ts'
import { JudgeFlow } from './judge-flow.ts'
import { Operations } from './operations.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { Release } from './release.ts'
import { Report } from './report.ts'
import { RunFlow } from './run-flow.ts'
import { Samples } from './samples.ts'
import { SearchIndex, searchedScenes } from './search-index.ts'
import type { StoreNames } from './store-names.ts'
import { Train } from './train.ts'
import { Watch } from './watch.ts'

/** The stages, in the order of the data. Disposable: all lasting data is in the store. */
export class PipelineStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    settings: Deployment,
    bundles: Bundles,
    store: StoreNames,
    props: StackProps,
  ) {
    super(scope, id, props)
    // The CDK makes a function depend on its role, although the reference already implies it. Harmless.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3005'] } } }
    const dataKey = Key.fromKeyArn(this, 'DataKey', store.dataKeyArn)
    const alarms = new Alarms(this, 'Alarms', dataKey, settings.alarmEmail)
    const deadLetters = deadLetterQueue(this, 'DeadLetters', dataKey)
    alarms.whenFilled(deadLetters, deadLetters, 'Events or schedules could not be delivered')
    const parts: PipelineParts = { settings, bundles, store, dataKey, alarms, deadLetters }

    new Intake(this, 'Intake', parts)
    const { close } = new Closing(this, 'Closing', parts)
    const { screen, verdicts } = new Anticheat(this, 'Anticheat', parts)
    const { states, fold, advance } = new Features(this, 'Features', parts)
    const { samples } = new Samples(this, 'Samples', parts)
    if (searchedScenes(parts).length > 0) new SearchIndex(this, 'SearchIndex', parts)
    const train = new Train(this, 'Train', parts)
    const { plan, start, increment, jobRole } = train
    if (embeddedScenes(parts).length > 0) new Embeddings(this, 'Embeddings', parts, train)
    if (graphScenes(parts).length > 0) new Graph(this, 'Graph', parts)
    const { evaluate } = new Evaluate(this, 'Evaluate', parts)
    const { release } = new Release(this, 'Release', parts)
    const stages = {
      plan,
      close,
      screen,
      verdicts,
      states,
      fold,
      advance,
      samples,
      start,
      increment,
      evaluate,
      release,
    }
    const judge = new JudgeFlow(this, 'Judge', parts, stages, jobRole)
    const run = new RunFlow(this, 'Run', parts, stages, judge.machine)
    new Operations(this, 'Operations', parts, run.machine)
    const { report } = new Report(this, 'Report', parts)
    new Audit(this, 'Audit', parts)
    const watch = new Watch(this, 'Watch', parts, { run: run.machine, report })
    if (settings.monthlyBudgetUsd !== undefined)
      new Budget(this, 'Budget', alarms, settings.monthlyBudgetUsd)

    this.#output('RunFlow', run.machine.stateMachineArn, 'Start with {scene, tier, scheduledTime}')
    this.#output('JudgeFlow', judge.machine.stateMachineArn, 'Started by the end of a training job')
    this.#output('AlarmTopic', alarms.topic.topicArn, 'Subscribe to get the alarms')
    this.#output('Dashboard', watch.dashboardName, 'In CloudWatch, under Dashboards')
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, `${id}Output`, { value, description })
  }
}
