import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { serverProgram } from "@chaussettes/jetstream/testing"
import { projectFolder } from "@chaussettes/testing"
import { type Passwords, passwordsIn, type User, variableOf, writeContexts } from "../../src/credentials/store.ts"

export interface ConfiguredServer {
  readonly url: string
  readonly passwords: Passwords
  /** The path of a role's context, as `chaussettes credentials` writes it. */
  readonly context: (role: User) => string
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** A server with deploy/nats.conf as it is shipped, on a free port, with passwords and contexts of its own. */
export const startConfigured = async (
  config = join(projectFolder, "deploy", "nats.conf"),
  env: NodeJS.ProcessEnv = {}
): Promise<ConfiguredServer> => {
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-conf-"))
  const credentials = join(folder, "credentials")
  const passwords = passwordsIn(credentials)
  const child = spawn(
    serverProgram(),
    [
      ...["--config", config, "--addr", "127.0.0.1", "--port", "-1", "--http_port", "-1"],
      ...["--store_dir", join(folder, "jetstream"), "--ports_file_dir", folder]
    ],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        ...env,
        ...Object.fromEntries(Object.entries(passwords).map(([user, word]) => [variableOf(user as User), word]))
      }
    }
  )
  let log = ""
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk
  })
  const url = await portOf(child, folder, () => log)
  writeContexts(credentials, passwords, url)
  return {
    url,
    passwords,
    folder,
    context: (role) => join(credentials, `${role}.json`),
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGTERM")
      await gone
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const portOf = async (child: ChildProcess, folder: string, log: () => string): Promise<string> => {
  const deadlineMs = Date.now() + 20_000
  while (Date.now() < deadlineMs) {
    const file = readdirSync(folder).find((name) => name.endsWith(".ports"))
    const url =
      file === undefined
        ? undefined
        : /"(?:nats|tls)":\s*\[\s*"([^"]+)"/.exec(readFileSync(join(folder, file), "utf8"))?.[1]
    if (url !== undefined && log().includes("Server is ready"))
      return url.replace(/^nats:\/\/0\.0\.0\.0/, "nats://127.0.0.1")
    if (child.exitCode !== null) throw new Error(`nats-server ended:\n${log()}`)
    await delay(10)
  }
  child.kill("SIGKILL")
  throw new Error(`nats-server did not become ready:\n${log()}`)
}
