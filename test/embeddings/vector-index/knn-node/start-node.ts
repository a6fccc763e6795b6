import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const JAVA_SOURCE = join(import.meta.dirname, 'KnnNode.java')
const POM = join(import.meta.dirname, 'pom.xml')
/** Class-path plugins are not compared with the version of the server. */
const PLUGIN = 'org.opensearch.plugin:opensearch-knn:2.19.1.0:zip'
const FIRST_DOWNLOAD_MS = 180_000
const START_MS = 90_000
const JAVA_OPTIONS = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

const MAVEN = 'mvn'
const run = promisify(execFile)
const temporary = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-`))
function jdkProgram(name: string): string {
  const home = process.env['JAVA_HOME']
  return home ? join(home, 'bin', name) : name
}

function whyNotInstalled(): string | null {
  const compiler = spawnSync(jdkProgram('javac'), ['-version'], { encoding: 'utf8' })
  const version = Number(/^javac (\d+)/.exec(compiler.stdout ?? '')?.[1] ?? 0)
  if (version < 17) return 'no Java 17'
  return spawnSync(MAVEN, ['-version']).status === 0 ? null : 'no Maven'
}

/** Maven keeps the artifacts in `~/.m2`: the first time it downloads 51 MB. */
async function makeClassPath(): Promise<string> {
  const folder = temporary('knn-classes')
  const list = join(folder, 'class-path')
  const maven = (...options: string[]) =>
    run(MAVEN, ['-q', '-B', '-f', POM, ...options], { timeout: FIRST_DOWNLOAD_MS })
  await maven('dependency:build-classpath', '-DincludeScope=runtime', `-Dmdep.outputFile=${list}`)
  await maven('dependency:copy', `-Dartifact=${PLUGIN}`, `-DoutputDirectory=${folder}`)
  const zip = readdirSync(folder).find((name) => name.endsWith('.zip'))!
  await run(jdkProgram('jar'), ['xf', zip], { cwd: folder })
  const plugin = join(folder, '*')
  const classPath = [await readFile(list, 'utf8'), plugin].join(delimiter)
  await run(jdkProgram('javac'), ['-d', folder, '-cp', classPath, JAVA_SOURCE])
  return [folder, classPath].join(delimiter)
}

interface KnnNode {
  /** `http://127.0.0.1:<port>` */
  url: string
  stop(): Promise<void>
}

async function startNode(classPath: string): Promise<KnnNode> {
  const home = temporary('knn-node')
  const command = [...JAVA_OPTIONS, '-cp', classPath, 'KnnNode', home]
  const child = spawn(jdkProgram('java'), command, {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: home,
  })
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^ready (http:\S+)/.exec(line) ?? []
    if (!url) continue
    clearTimeout(late)
    return {
      url,
      async stop() {
        const ended = once(child, 'exit')
        child.stdin.end()
        await ended
      },
    }
  }
  throw new Error('the node ended before it was ready')
}

/**
 * Starts a real OpenSearch with k-NN, or returns why its tests are skipped: Java 17 or Maven is missing, or
 * Maven cannot download outside CI. In CI (`CI` is set) with both installed, every failure is thrown.
 */
export async function openKnnNode(): Promise<KnnNode | { skipped: string }> {
  const missing = whyNotInstalled()
  if (missing !== null) return { skipped: missing }
  try {
    return await startNode(await makeClassPath())
  } catch (error) {
    if (process.env['CI']) throw error
    return { skipped: `the node did not start: ${(error as Error).message.split('\n')[0]}` }
  }
}
