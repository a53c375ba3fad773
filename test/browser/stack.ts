import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"

/* The real parts as processes, as an operator runs them: nats-server, init, detect, generate, dashboard. */

const root = fileURLToPath(new URL("../..", import.meta.url))
const main = join(root, "apps/cli/src/main.ts")

export const until = async <A>(
  what: string,
  poll: () => A | undefined | false | Promise<A | undefined | false>,
  limitMs = 30_000
): Promise<A> => {
  const deadline = performance.now() + limitMs
  for (;;) {
    const value = await poll()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await delay(20)
  }
}

export interface Part {
  readonly pid: number
  readonly output: () => string
  readonly ended: Promise<number | null>
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

const living = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL")
})

/** Runs `chaussettes` with these arguments from its sources. */
export const chaussettes = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Part => {
  const child = spawn(process.execPath, [main, ...args], { cwd: root, env: { ...process.env, NO_COLOR: "1", ...env } })
  living.add(child)
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      living.delete(child)
      resolve(code)
    })
  })
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal)
      const patience = setTimeout(() => child.kill("SIGKILL"), 8_000)
      await ended
      clearTimeout(patience)
    }
  }
}

/** The same to its end; answers what it printed. */
export const chaussettesDone = async (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Promise<string> => {
  const part = chaussettes(args, env)
  const code = await part.ended
  if (code !== 0) throw new Error(`chaussettes ${args.join(" ")} ended with ${code}:\n${part.output()}`)
  return part.output()
}

const newestMs = (folder: string): number =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !/(^|\/)(node_modules|test)(\/|$)/.test(name))
      .map((name) => statSync(join(folder, name)).mtimeMs)
  )

/** Builds the page where its sources are newer than what was built. */
export const buildPage = (): void => {
  const index = join(root, "dist/web/index.html")
  const sources = Math.max(
    newestMs(join(root, "apps/dashboard")),
    newestMs(join(root, "libs/view/src")),
    newestMs(join(root, "libs/domain/src"))
  )
  if (existsSync(index) && statSync(index).mtimeMs > sources) return
  const vite = join(root, "node_modules/vite/bin/vite.js")
  const { status, stderr } = spawnSync(process.execPath, [vite, "build", "-c", "apps/dashboard/web/vite.config.ts"], {
    cwd: root,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`the page could not be built:\n${stderr}`)
}

export interface Stack {
  readonly server: RunningServer
  readonly env: NodeJS.ProcessEnv
  readonly url: string
  /** What detector and page have written. */
  readonly said: () => string
  readonly pagePid: () => number
  readonly startPage: () => Promise<void>
  readonly stopPage: (signal?: NodeJS.Signals) => Promise<void>
  readonly stop: () => Promise<void>
}

const portOf = (part: Part): Promise<number> =>
  until("the page says where it is", () => {
    const m = /The page is on http:\/\/127\.0\.0\.1:(\d+)\//.exec(part.output())
    return m === null ? undefined : Number(m[1])
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}:\n${part.output()}`)
  })

/** Windows of this stack: short, so that a test need not wait. */
export const windowMs = 2_000

export const startStack = async (): Promise<Stack> => {
  buildPage()
  const server = await startServer()
  const env = { NATS_URL: server.url, LOG_FORMAT: "json" }
  await chaussettesDone(["init"], env)
  const detector = chaussettes(
    ["detect", "--window", `${windowMs}ms`, "--allowed-lateness", "500ms", "--idle", "3s"],
    env
  )
  let page: Part | undefined
  let port = 0
  const startPage = async () => {
    page = chaussettes(["dashboard", "--port", `${port}`], env)
    port = await portOf(page)
    await until("the page is ready", () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        (r) => r.ok,
        () => false
      )
    )
  }
  await startPage()
  return {
    server,
    env,
    get url() {
      return `http://127.0.0.1:${port}`
    },
    said: () => `detector:\n${detector.output()}\npage:\n${page?.output()}`,
    pagePid: () => page?.pid ?? 0,
    startPage,
    stopPage: async (signal) => page?.stop(signal),
    stop: async () => {
      await Promise.all([detector.stop(), page?.stop()])
      await server.stop()
    }
  }
}
