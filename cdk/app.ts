import { App } from 'aws-cdk-lib'
import { assemble } from './assemble.ts'
import { ConfigurationError } from './config.ts'

/** Configuration in, stacks out. A configuration error is printed as one sentence. */
try {
  const app = new App()
  assemble(app)
  app.synth()
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
