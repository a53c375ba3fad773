import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { serverProgram } from "./server.ts"

/** Three servers of one cluster, each with a store of its own. */
export interface RunningCluster {
  readonly urls: ReadonlyArray<string>
  /** SIGKILL; without two of three nobody can be elected. */
  readonly kill: (index: number) => Promise<void>
  /** SIGSTOP freezes one: it stays connected and answers nobody, until SIGCONT. SIGTERM is how an operator ends one. */
  readonly signal: (index: number, signal: "SIGSTOP" | "SIGCONT" | "SIGTERM") => void
  /** Starts one that was killed again, on its store and ports. It is not waited for. */
  readonly restart: (index: number) => void
  /** Kills all, and removes the stores. */
  readonly stop: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })

export const startCluster = async (): Promise<RunningCluster> => {
  const dir = await mkdtemp(join(tmpdir(), "chaussettes-cluster-"))
  const ports = await Promise.all(Array.from({ length: 6 }, freePort))
  const routes = ports.slice(3).map((port) => `nats://127.0.0.1:${port}`)
  const servers: Array<ChildProcess> = []
  const fileOf = (index: number) => join(dir, `${index}.conf`)
  const restart = (index: number) => {
    servers[index] = spawn(serverProgram(), ["-c", fileOf(index)], { stdio: "ignore" })
  }
  const kill = (index: number) =>
    new Promise<void>((resolve) => {
      const server = servers[index]!
      if (server.exitCode !== null || server.signalCode !== null) return resolve()
      server.once("exit", () => resolve())
      server.kill("SIGKILL")
    })
  for (let i = 0; i < 3; i++) {
    await writeFile(
      fileOf(i),
      `server_name: n${i}
       listen: 127.0.0.1:${ports[i]}
       jetstream { store_dir: ${JSON.stringify(join(dir, `${i}`))} }
       cluster { name: c, listen: 127.0.0.1:${ports[i + 3]}, routes: [${routes.join(",")}] }`
    )
    restart(i)
  }
  return {
    urls: ports.slice(0, 3).map((port) => `nats://127.0.0.1:${port}`),
    kill,
    signal: (index, signal) => void servers[index]!.kill(signal),
    restart,
    stop: async () => {
      await Promise.all(servers.map((_, i) => kill(i)))
      await rm(dir, { recursive: true, force: true })
    }
  }
}
