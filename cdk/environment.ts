import { RemovalPolicy } from 'aws-cdk-lib'

/** The purpose of a deployment. Without one, names have no prefix and data is kept as in prod. */
export const ENVIRONMENTS = ['dev', 'prod'] as const
type Environment = (typeof ENVIRONMENTS)[number]

interface WithEnvironment {
  environment?: Environment | undefined
}

/** `QuartermasterStore`, or `dev-QuartermasterStore`. All other names derive from the stack's name. */
export const stackName = ({ environment }: WithEnvironment, stack: 'Store' | 'Pipeline'): string =>
  `${environment === undefined ? '' : `${environment}-`}Quartermaster${stack}`

/** The namespace without an environment. With one, the environment follows after a slash. */
const METRICS_NAMESPACE = 'Quartermaster'
export const metricsNamespace = ({ environment }: WithEnvironment): string =>
  environment === undefined ? METRICS_NAMESPACE : `${METRICS_NAMESPACE}/${environment}`

/**
 * What happens to data when its stack is deleted. In dev the data is deleted too, except a bucket
 * that still holds objects: CloudFormation refuses to delete it, and no function here may empty it.
 */
export const dataRemoval = ({ environment }: WithEnvironment): RemovalPolicy =>
  environment === 'dev' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN
