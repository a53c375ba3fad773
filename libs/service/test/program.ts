import { type ChildProcess, spawn } from "node:child_process"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const fixture = fileURLToPath(new URL("./fixture.ts", import.meta.url))

/** The sources are compiled once for all the processes of the tests. */
const compiled = { NODE_COMPILE_CACHE: join(tmpdir(), "chaussettes-test-compiled") }

export interface Program {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<number | null>
}

/** Starts the fixture's command line as a process. */
export const start = (
  args: ReadonlyArray<string>,
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {}
): Program => {
  const child = spawn(process.execPath, [fixture, ...args], {
    env: { ...process.env, ...compiled, ...options.env },
    cwd: options.cwd,
    stdio: ["pipe", "pipe", "pipe"]
  })
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk
  })
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: new Promise((resolve) => child.once("close", (code) => resolve(code)))
  }
}

/** Runs it to its end. */
export const ran = async (...parameters: Parameters<typeof start>) => {
  const program = start(...parameters)
  program.child.stdin?.end()
  const code = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

/** Waits for something to become so; fails with what was seen when it does not. */
export const until = async <A>(what: string, probe: () => A | undefined | Promise<A | undefined>): Promise<A> => {
  const deadlineMs = Date.now() + 10_000
  while (Date.now() < deadlineMs) {
    const value = await probe()
    if (value !== undefined) return value
    await delay(10)
  }
  throw new Error(`It did not happen within 10 s: ${what}`)
}

/** Something that listens on a port of its own. */
export const listening = (
  handler: Parameters<typeof createServer>[1] = () => {}
): Promise<{ server: Server; port: number }> =>
  new Promise((resolve) => {
    const server = createServer({}, handler)
    server.listen(0, "127.0.0.1", () => resolve({ server, port: (server.address() as { port: number }).port }))
  })
