import { startCluster, startServer } from "@chaussettes/jetstream/testing"
import { command, task } from "./program.ts"

/** A server of our own with LOGS filled from a file. */
export interface Site {
  readonly url: string
  /** Throws away what was derived, so that it can be derived once more. */
  readonly forget: () => Promise<void>
  readonly stop: () => Promise<void>
}

export const openSite = async (options: { readonly jetstream?: string } = {}): Promise<Site> => {
  const server = await startServer(options)
  return siteAt(server.url, [], () => server.stop())
}

/** The same on three servers, with three copies of everything. Whoever measures talks to one of them, whichever leads. */
export const openCluster = async (): Promise<Site> => {
  const cluster = await startCluster()
  return siteAt(cluster.urls[0]!, ["--replicas", "3", "--wait", "60s"], () => cluster.stop())
}

const siteAt = async (url: string, initFlags: ReadonlyArray<string>, stop: () => Promise<void>): Promise<Site> => {
  const init = () => command(url, "init", ...initFlags)
  try {
    await init()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    forget: async () => {
      await task("forget", url)
      await init()
    },
    stop
  }
}

/** Fills LOGS from a file, with so many lines a message. */
export const fill = (site: Site, file: string, linesAMessage: number): Promise<unknown> =>
  task("fill", site.url, file, String(linesAMessage))
