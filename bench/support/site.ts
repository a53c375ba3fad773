import { startServer } from "@chaussettes/jetstream/testing"
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
  await command(server.url, "init")
  return {
    url: server.url,
    forget: async () => {
      await task("forget", server.url)
      await command(server.url, "init")
    },
    stop: () => server.stop()
  }
}

/** Fills LOGS from a file, with so many lines a message. */
export const fill = (site: Site, file: string, linesAMessage: number): Promise<unknown> =>
  task("fill", site.url, file, String(linesAMessage))
