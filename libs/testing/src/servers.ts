import type { ChildProcess } from "node:child_process"
import { createServer } from "node:net"

/** A port of 127.0.0.1 that nobody listens on, for a program that must be told one. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })

/** Kills all of these, and waits until they are gone. */
export const allKilled = async (children: ReadonlyArray<ChildProcess>): Promise<void> => {
  await Promise.all(
    children.map((child) => {
      const gone = new Promise((resolve) => child.once("exit", resolve))
      return child.kill("SIGKILL") ? gone : undefined
    })
  )
}
