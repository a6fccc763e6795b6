import { layoutOf } from './channels.ts'
import { runContainer } from './container.ts'
import { train } from './train.ts'

/** The entry point of the container. SageMaker mounts its folders at /opt/ml. */
await runContainer(layoutOf(process.env['ML_ROOT'] ?? '/opt/ml'), train)
