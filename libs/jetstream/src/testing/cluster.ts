import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "@chaussettes/testing"
import { startProxy, type TcpProxy } from "./proxy.ts"
import { dieTogether, serverProgram } from "./server.ts"

/** Three servers of one cluster, each with a store of its own. */
export interface RunningCluster {
  readonly urls: ReadonlyArray<string>
  /** SIGKILL; without two of three nobody can be elected. */
  readonly kill: (index: number) => Promise<void>
  /** SIGTERM, as an operator ends one. */
  readonly shutdown: (index: number) => Promise<void>
  /** SIGSTOP freezes one: it stays connected and answers nobody, until SIGCONT. */
  readonly signal: (index: number, signal: "SIGSTOP" | "SIGCONT") => void
  /** Starts one that ended again, on its store and ports. It is not waited for. */
  readonly restart: (index: number) => void
  /** Where one keeps what it stores, to be touched while it is ended. */
  readonly storeDir: (index: number) => string
  /** What the server `from` sends to the server `to` goes through this, and so do the answers; only with `proxied`. */
  readonly route: (from: number, to: number) => TcpProxy
  /** Kills all, and removes the stores. */
  readonly stop: () => Promise<void>
}

export interface ClusterOptions {
  /** Routes go through a proxy for each direction in which they are dialled, so that servers can be cut off from each other. */
  readonly proxied?: boolean
  /** More of the configuration of each server. */
  readonly config?: string
  /** Each server's first start is of this program, as before an upgrade. */
  readonly firstProgram?: string | undefined
}

const indexes = [0, 1, 2] as const

export const startCluster = async ({
  proxied = false,
  config = "",
  firstProgram = serverProgram()
}: ClusterOptions = {}): Promise<RunningCluster> => {
  const dir = await mkdtemp(join(tmpdir(), "chaussettes-cluster-"))
  const ports = await Promise.all(Array.from({ length: 6 }, freePort))
  const routePort = (index: number) => ports[index + 3]!
  const proxies = new Map<string, TcpProxy>()
  if (proxied) {
    for (const from of indexes) {
      for (const to of indexes) if (from !== to) proxies.set(`${from}>${to}`, await startProxy(routePort(to)))
    }
  }
  const route = (from: number, to: number): TcpProxy => {
    const proxy = proxies.get(`${from}>${to}`)
    if (proxy === undefined) throw new Error(`no proxy stands between the servers ${from} and ${to}`)
    return proxy
  }
  const servers: Array<ChildProcess> = []
  const fileOf = (index: number) => join(dir, `${index}.conf`)
  const run = (index: number, program: string) => {
    const server = spawn(program, ["-c", fileOf(index)], { stdio: "ignore" })
    server.once("spawn", () => dieTogether(server, dir))
    servers[index] = server
  }
  const end = (index: number, signal: "SIGKILL" | "SIGTERM") =>
    new Promise<void>((resolve) => {
      const server = servers[index]!
      if (server.exitCode !== null || server.signalCode !== null) return resolve()
      server.once("exit", () => resolve())
      server.kill(signal)
    })
  const kill = (index: number) => end(index, "SIGKILL")
  for (const index of indexes) {
    const routes = indexes
      .filter((to) => to !== index)
      .map((to) => `nats://127.0.0.1:${proxied ? route(index, to).port : routePort(to)}`)
    // Servers tell each other where they are: past the proxies they must not find each other.
    const advertise = proxied ? `advertise: "127.0.0.1:1"` : ""
    await writeFile(
      fileOf(index),
      `server_name: n${index}
       listen: 127.0.0.1:${ports[index]}
       jetstream { store_dir: ${JSON.stringify(join(dir, `${index}`))} }
       cluster { name: c, listen: 127.0.0.1:${routePort(index)}, routes: [${routes.join(",")}]
         ${advertise} }
       ${config}`
    )
    run(index, firstProgram)
  }
  return {
    urls: ports.slice(0, 3).map((port) => `nats://127.0.0.1:${port}`),
    kill,
    signal: (index, signal) => void servers[index]!.kill(signal),
    shutdown: (index) => end(index, "SIGTERM"),
    restart: (index) => run(index, serverProgram()),
    storeDir: (index) => join(dir, `${index}`),
    route,
    stop: async () => {
      await Promise.all(servers.map((_, i) => kill(i)))
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()))
      await rm(dir, { recursive: true, force: true })
    }
  }
}
