import { type App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { bundleCode } from './bundle.ts'
import { configurationOf, readDeployment } from './config.ts'
import { stackName } from './environment.ts'
import { CDK_FLAGS } from './flags.ts'
import { PipelineStack } from './pipeline-stack.ts'
import { StoreStack } from './store-stack.ts'

/**
 * Puts both stacks into the app, by its context, under the security rules that every synthesis
 * checks. Throws ConfigurationError for a context or scene that cannot be deployed.
 */
export function assemble(app: App): { store: StoreStack; pipeline: PipelineStack } {
  for (const [flag, value] of Object.entries(CDK_FLAGS)) app.node.setContext(flag, value)
  const deployment = readDeployment((key) => app.node.tryGetContext(key))
  const bundles = bundleCode(configurationOf(deployment))
  const store = new StoreStack(app, stackName(deployment, 'Store'), deployment, {
    terminationProtection: deployment.isProtected,
    description: 'Quartermaster: what is kept',
  })
  const pipeline = new PipelineStack(
    app,
    stackName(deployment, 'Pipeline'),
    deployment,
    bundles,
    store,
    {
      // Nothing is lost with it; but what prod serves would no longer move.
      terminationProtection: deployment.environment === 'prod',
      description: 'Quartermaster: the stages; disposable',
    },
  )
  // Names and ARNs cross over as exported values, which the CDK does not order by itself.
  pipeline.addStackDependency(store)
  const { environment } = deployment
  const tags = { application: 'quartermaster', ...(environment ? { environment } : {}) }
  // That a dashboard can have tags is news to schemas of a few months ago.
  for (const [name, value] of Object.entries(tags))
    Tags.of(app).add(name, value, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return { store, pipeline }
}
