import { type App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { bundleCode } from './bundle.ts'
import { configurationOf, readDeployment } from './config.ts'
import { stackName } from './environment.ts'
import { CDK_FLAGS } from './flags.ts'
import { PipelineStack } from './pipeline-stack.ts'
import { StoreStack } from './store-stack.ts'

/**
 * Adds both stacks to the app, as its context configures them. Every synthesis checks the security
 * rules. Throws ConfigurationError for a context or scene that cannot be deployed.
 */
export function assemble(app: App): { store: StoreStack; pipeline: PipelineStack } {
  for (const [flag, value] of Object.entries(CDK_FLAGS)) app.node.setContext(flag, value)
  const deployment = readDeployment((key) => app.node.tryGetContext(key))
  const bundles = bundleCode(configurationOf(deployment))
  const store = new StoreStack(app, stackName(deployment, 'Store'), deployment, {
    terminationProtection: deployment.isProtected,
    description: 'Quartermaster: the retained data',
  })
  const pipeline = new PipelineStack(
    app,
    stackName(deployment, 'Pipeline'),
    deployment,
    bundles,
    store,
    {
      // Deleting the pipeline loses no data, but prod's models would go stale.
      terminationProtection: deployment.environment === 'prod',
      description: 'Quartermaster: the stages (disposable)',
    },
  )
  // The pipeline imports exported values of the store. The CDK does not order these stacks itself.
  pipeline.addStackDependency(store)
  const { environment } = deployment
  const tags = { application: 'quartermaster', ...(environment ? { environment } : {}) }
  // Dashboards accept tags only in recent CloudFormation schemas.
  for (const [name, value] of Object.entries(tags))
    Tags.of(app).add(name, value, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return { store, pipeline }
}
