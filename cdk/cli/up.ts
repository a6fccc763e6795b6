import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Scene } from '../../functions/contract/scene.ts'
import { type Cloud, startCloud } from '../local/cloud.ts'
import { UsageError } from './errors.ts'
import { runCommand } from './exit.ts'
import { claimFolder, emptyFolder } from './out-folder.ts'
import { describeLeftOut, whatToSynthesize } from './own-scene.ts'
import { createPage } from './page/page.ts'
import { createProgress } from './progress.ts'
import { openRanking } from './ranking.ts'
import { signDrops } from './sign-drops.ts'
import { synthesize } from './synth.ts'
import { feedDrops } from './up/feed.ts'
import { greet } from './up/greeting.ts'
import { parseUpOptions, UP_USAGE } from './up/options.ts'
import { keepPace } from './up/pace.ts'
import type { WorldOptions } from './world/options.ts'
import { createWorld } from './world/world.ts'

const SEED = 1

/** Checks the address before any file is deleted. Throws UsageError if the port cannot be opened. */
async function checkPort(host: string, port: number): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe
      .once('error', ({ code, message }: NodeJS.ErrnoException) => {
        const why = code === 'EADDRINUSE' ? 'another program listens on it' : message
        const isElsewhere = code === 'EADDRNOTAVAIL'
        const sentence = isElsewhere
          ? `--host ${host}: this machine has no such address; name one of its addresses, or 0.0.0.0 for all`
          : `--port ${port}: ${why}; name another port`
        reject(new UsageError(sentence))
      })
      .listen(port, host, resolve)
  })
  await new Promise((resolve) => probe.close(resolve))
}

/** Resolves on SIGINT or SIGTERM. */
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
  })

/** Feeds the seeded world. The release that this cloud serves ranks its slates. */
async function feedWorld(cloud: Cloud, configuration: Scene, options: WorldOptions) {
  const { scene } = configuration
  const { releaseOf, refresh } = await openRanking(cloud, scene)
  const signing = await signDrops(cloud, configuration)
  return feedDrops(signing, scene, createWorld(options, releaseOf).drops(), refresh)
}

async function main(argv: string[]): Promise<number> {
  const options = parseUpOptions(argv, Date.now())
  if (options === null) {
    process.stdout.write(UP_USAGE)
    return 0
  }
  const { out, configuration, host, port, speed, startMs, world } = options
  await checkPort(host, port)
  process.once('exit', claimFolder(out, 'npm run up'))
  emptyFolder(out)
  const progress = createProgress(process.stdout, Date.now())
  const leftOut = describeLeftOut(configuration)
  if (leftOut !== null) progress.step(leftOut)
  progress.step('synthesizing the CDK app')
  const assembly = join(out, 'cdk.out')
  await synthesize(assembly, ...whatToSynthesize(options))
  progress.step(`bringing it up on ${host}`)
  const beganMs = Date.now()
  const cloud = await startCloud({
    assembly,
    root: out,
    startMs: startMs ?? beganMs,
    seed: world?.seed ?? SEED,
    address: host,
    port,
    admitsAnyKey: true,
    isRealTime: speed === 1,
  })
  const end = interrupted()
  const page = createPage({ cloud, configuration, speed })
  cloud.show(page.show)
  const feed = world ? await feedWorld(cloud, configuration, world) : null
  const failed = new Promise<never>((_, reject) => {
    const pace = keepPace(cloud.clock, { speed, aheadMs: (startMs ?? beganMs) - beganMs }, reject)
    end.then(pace.stop)
  })
  process.stdout.write(`\n${greet(cloud, options)}\n`)
  try {
    await Promise.race([end, failed])
  } finally {
    feed?.stop()
    page.close()
    await cloud.close()
  }
  process.stdout.write(
    `\nended at ${new Date(cloud.clock.now()).toISOString()}; its files stay in ${out}\n`,
  )
  return 0
}

await runCommand(main)
