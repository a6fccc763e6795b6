import { RemovalPolicy } from 'aws-cdk-lib'

/** What a deployment is for. Without one it has the plain names, and keeps its data as prod does. */
export const ENVIRONMENTS = ['dev', 'prod'] as const
type Environment = (typeof ENVIRONMENTS)[number]

interface Of {
  environment?: Environment | undefined
}

/** `QuartermasterStore`, or `dev-QuartermasterStore`: every other name is made of the stack's. */
export const stackName = ({ environment }: Of, stack: 'Store' | 'Pipeline'): string =>
  `${environment === undefined ? '' : `${environment}-`}Quartermaster${stack}`

/** Of a deployment that has no environment; another has its name behind a slash. */
const METRICS_NAMESPACE = 'Quartermaster'
export const metricsNamespace = ({ environment }: Of): string =>
  environment === undefined ? METRICS_NAMESPACE : `${METRICS_NAMESPACE}/${environment}`

/**
 * What happens to data when its stack goes. Dev's goes with it, but for a bucket that holds
 * anything: CloudFormation refuses to delete that, and no function here may empty one by itself.
 */
export const dataRemoval = ({ environment }: Of): RemovalPolicy =>
  environment === 'dev' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN
