import { rename, rm } from "node:fs/promises"
import type { TestProject } from "vitest/node"
// @ts-expect-error a script, without types
import { buildCommand } from "../../../scripts/build.mjs"
import { builtFolder } from "./folders.ts"

/** Builds the command that tests start, aside and then put in place, so that another run beside this one finds it whole. */
const build = async (): Promise<void> => {
  const fresh = `${builtFolder}.${process.pid}`
  try {
    await buildCommand(fresh)
    await rm(builtFolder, { recursive: true, force: true })
    await rename(fresh, builtFolder)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Before the first test, and while vitest watches before each run again. */
export const setup = async (project: TestProject): Promise<void> => {
  await build()
  project.onTestsRerun(build)
}
