import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/**
 * A real OpenSearch node on loopback. Maven finds its class path and keeps the artifacts in the user's
 * `~/.m2`: the first time it downloads 45 MB. All else is in temporary folders.
 */

const JAVA_SOURCE = join(import.meta.dirname, 'OpenSearchNode.java')
const POM = join(import.meta.dirname, 'pom.xml')
const FIRST_DOWNLOAD_MS = 180_000
const START_MS = 60_000
const JAVA_OPTIONS = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

const MAVEN = 'mvn'
/** A program of the JDK, as Maven chooses it. */
function jdkProgram(name: string): string {
  const home = process.env['JAVA_HOME']
  return home ? join(home, 'bin', name) : name
}

const run = promisify(execFile)

/** Why no node can run here. Null: Java 17 or later with its compiler, and Maven, are installed. */
function whyNotInstalled(): string | null {
  const compiler = spawnSync(jdkProgram('javac'), ['-version'], { encoding: 'utf8' })
  const version = Number(/^javac (\d+)/.exec(compiler.stdout ?? '')?.[1] ?? 0)
  if (version < 17) return 'no Java 17'
  return spawnSync(MAVEN, ['-version']).status === 0 ? null : 'no Maven'
}

/** The class path of a node, with the compiled class that starts it. */
async function makeClassPath(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'opensearch-classes-'))
  const list = join(folder, 'class-path')
  const goal = ['dependency:build-classpath', '-DincludeScope=runtime', `-Dmdep.outputFile=${list}`]
  await run(MAVEN, ['-q', '-B', '-f', POM, ...goal], { timeout: FIRST_DOWNLOAD_MS })
  const libraries = await readFile(list, 'utf8')
  await run(jdkProgram('javac'), ['-d', folder, '-cp', libraries, JAVA_SOURCE])
  return [folder, libraries].join(delimiter)
}

async function readyAddress(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, address] = /^ready (http:\S+)/.exec(line) ?? []
    if (address) return address
  }
  throw new Error('the node ended before it was ready')
}

export interface OpenSearchNode {
  /** `http://127.0.0.1:<port>` */
  url: string
  stop(): Promise<void>
  /** Starts a stopped node again, with its data and on its port. */
  start(): Promise<void>
}

async function startNode(classPath: string): Promise<OpenSearchNode> {
  const home = mkdtempSync(join(tmpdir(), 'opensearch-node-'))
  let child: ChildProcess | null = null
  const node: OpenSearchNode = {
    url: '',
    async start() {
      const port = node.url === '' ? '0' : new URL(node.url).port
      const command = [...JAVA_OPTIONS, '-cp', classPath, 'OpenSearchNode', home, port]
      child = spawn(jdkProgram('java'), command, { stdio: ['pipe', 'pipe', 'inherit'], cwd: home })
      const late = setTimeout(() => child?.kill('SIGKILL'), START_MS)
      node.url = await readyAddress(child)
      clearTimeout(late)
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdin!.end()
      await ended
    },
  }
  await node.start()
  return node
}

/**
 * Starts a node, or returns why the tests are skipped: Java or Maven is missing, or Maven
 * cannot download outside CI. In CI (`CI` is set) with both installed, every failure is thrown.
 */
export async function openNode(): Promise<OpenSearchNode | { skipped: string }> {
  const missing = whyNotInstalled()
  if (missing !== null) return { skipped: missing }
  try {
    return await startNode(await makeClassPath())
  } catch (error) {
    if (process.env['CI']) throw error
    return { skipped: `the node did not start: ${(error as Error).message.split('\n')[0]}` }
  }
}
