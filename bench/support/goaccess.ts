import { availableParallelism } from "node:os"
import { Unmeasurable } from "../rows/row.ts"
import { run } from "./program.ts"

/** The GoAccess that stands here: its version, how many threads it reads with, and the flag that says so. */
export const findGoAccess = async () => {
  const { stdout } = await run("goaccess", ["--version"]).catch(() => {
    throw new Unmeasurable("goaccess is not installed (Debian's package goaccess)")
  })
  const version = /(\d+)\.(\d+)(?:\.\d+)?/.exec(stdout) ?? ["unknown", "0", "0"]
  // It reads with several threads from 1.8 on.
  const hasJobs = Number(version[1]) > 1 || Number(version[2]) >= 8
  const jobs = availableParallelism()
  return {
    version: version[0],
    jobs: hasJobs ? jobs : undefined,
    /** Of one run over a log of the combined format. */
    args: (file: string, output: string): ReadonlyArray<string> => [
      file,
      "--log-format=COMBINED",
      "--no-global-config",
      "--no-progress",
      ...(hasJobs ? [`--jobs=${jobs}`] : []),
      "-o",
      output
    ]
  }
}
