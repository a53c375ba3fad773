import { type Program, startChaussettes } from "@chaussettes/testing"

/** `chaussettes notify …` as a process of its own. */
export const notify = (server: string, args: ReadonlyArray<string>): Program =>
  startChaussettes(["notify", "--server", server, ...args])
