import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { chaussettes, type Program, projectFolder, startChaussettes, succeeded, until } from "@chaussettes/testing"

/* The real parts as processes, as an operator runs them: nats-server, init, detect, generate, dashboard. */

/** The command to its end; answers what it printed. */
export const chaussettesDone = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Promise<string> =>
  succeeded(chaussettes(args, { env }))

const newestMs = (folder: string): number =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !/(^|\/)(node_modules|test)(\/|$)/.test(name))
      .map((name) => statSync(join(folder, name)).mtimeMs)
  )

/** Builds the page where its sources are newer than what was built. */
export const buildPage = (): void => {
  const index = join(projectFolder, "dist/web/index.html")
  const sources = Math.max(
    newestMs(join(projectFolder, "apps/dashboard")),
    newestMs(join(projectFolder, "libs/presentation/src")),
    newestMs(join(projectFolder, "libs/readmodel/src")),
    newestMs(join(projectFolder, "libs/domain/src"))
  )
  if (existsSync(index) && statSync(index).mtimeMs > sources) return
  const vite = join(projectFolder, "node_modules/vite/bin/vite.js")
  const { status, stderr } = spawnSync(process.execPath, [vite, "build", "-c", "apps/dashboard/web/vite.config.ts"], {
    cwd: projectFolder,
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

const portOf = (part: Program): Promise<number> =>
  until(
    "the page to say where it is",
    () => {
      const m = /The page is on http:\/\/127\.0\.0\.1:(\d+)\//.exec(part.output())
      return m === null ? undefined : Number(m[1])
    },
    { seen: part.output }
  )

/** Windows of this stack: short, so that a test need not wait. */
const windowMs = 2_000

export const startStack = async (): Promise<Stack> => {
  buildPage()
  const server = await startServer()
  const env = { NATS_URL: server.url, LOG_FORMAT: "json" }
  await chaussettesDone(["init"], env)
  const detector = startChaussettes(
    ["detect", "--window", `${windowMs}ms`, "--allowed-lateness", "500ms", "--idle", "3s"],
    { env }
  )
  let page: Program | undefined
  let port = 0
  const startPage = async () => {
    page = startChaussettes(["dashboard", "--port", `${port}`], { env })
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
    stopPage: async (signal) => void (await page?.stop(signal)),
    stop: async () => {
      await Promise.all([detector.stop(), page?.stop()])
      await server.stop()
    }
  }
}
