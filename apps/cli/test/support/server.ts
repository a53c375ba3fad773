import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { serverProgram } from "@chaussettes/jetstream/testing"
import { chaussettes, freePort, until } from "@chaussettes/testing"
import { serverEnvironment, viewersEnvironment, writeServerFiles } from "../../src/credentials/server-files.ts"
import { type Passwords, passwordsIn, type User, writeContexts } from "../../src/credentials/store.ts"

export interface ConfiguredServer {
  readonly url: string
  readonly passwords: Passwords
  /** The path of a role's context, as `chaussettes credentials` writes it. */
  readonly context: (role: User) => string
  readonly folder: string
  readonly pid: () => number
  readonly viewersPid: () => number
  /** What the server has logged since it was started. */
  readonly log: () => string
  /** The same again on the same port, with its configuration as it is now. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The server and the viewers' server with deploy/ as it is shipped, on free ports, with passwords and contexts of their own. */
export const startConfigured = async (
  config?: string,
  env: NodeJS.ProcessEnv = {},
  /** Adds to the credentials before the server reads them. */
  prepare: (credentials: string) => void = () => {}
): Promise<ConfiguredServer> => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-conf-"))
  const credentials = join(folder, "credentials")
  const passwords = passwordsIn(credentials)
  prepare(credentials)
  const files = writeServerFiles(credentials)
  const run = (args: ReadonlyArray<string>, own: NodeJS.ProcessEnv) => {
    const child = spawn(serverProgram(), args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env, ...own }
    })
    let log = ""
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk
    })
    return { child, log: () => log }
  }
  const leaf = `127.0.0.1:${await freePort()}`
  const runServer = (port: string) =>
    run(
      [
        ...["--config", config ?? files.server, "--addr", "127.0.0.1", "--port", port],
        ...["--store_dir", join(folder, "jetstream"), "--ports_file_dir", folder]
      ],
      serverEnvironment(passwords, leaf)
    )
  const ended = async ({ child }: { readonly child: ChildProcess }) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once("exit", resolve))
    child.kill("SIGTERM")
    await gone
  }
  let server = runServer("-1")
  const url = await portOf(server.child, folder, server.log)
  const viewers = run(
    ["--config", files.viewers, "--store_dir", join(folder, "viewers")],
    viewersEnvironment(passwords, leaf)
  )
  writeContexts(credentials, passwords, url)
  return {
    url,
    passwords,
    folder,
    pid: () => server.child.pid!,
    viewersPid: () => viewers.child.pid!,
    log: () => server.log(),
    context: (role) => join(credentials, `${role}.json`),
    restart: async () => {
      await ended(server)
      server = runServer(new URL(url).port)
      await portOf(server.child, folder, server.log)
    },
    stop: async () => {
      await ended(viewers)
      await ended(server)
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Makes the streams, and the viewers' copies of them as soon as the viewers' server has connected. */
export const initialized = async (server: ConfiguredServer): Promise<void> => {
  await until("the viewers' copies are made", async () => {
    const made = await chaussettes(["init", "--context", server.context("operator")])
    if (made.code !== 0) throw new Error(made.stderr)
    return made.stdout.includes("copies for viewers: ")
  })
}

const portOf = async (child: ChildProcess, folder: string, log: () => string) => {
  const deadlineMs = Date.now() + 20_000
  while (Date.now() < deadlineMs) {
    const file = readdirSync(folder).find((name) => name.endsWith(".ports"))
    const ports = file === undefined ? "" : readFileSync(join(folder, file), "utf8")
    const url = /"(?:nats|tls)":\s*\[\s*"([^"]+)"/.exec(ports)?.[1]
    if (url !== undefined && log().includes("Server is ready")) {
      return url.replace(/^nats:\/\/0\.0\.0\.0/, "nats://127.0.0.1")
    }
    if (child.exitCode !== null) throw new Error(`nats-server ended:\n${log()}`)
    await delay(10)
  }
  child.kill("SIGKILL")
  throw new Error(`nats-server did not become ready:\n${log()}`)
}
