import { layoutOf } from './channels.ts'
import { runContainer } from './container.ts'
import { trainSpace } from './train-space.ts'

/** What the container starts for a space: ContainerEntrypoint of its job. SageMaker mounts its folders at /opt/ml. */
await runContainer(layoutOf(process.env['ML_ROOT'] ?? '/opt/ml'), trainSpace)
