import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["libs/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: "libs/testing/src/setup.ts",
    // Half of the time a test waits for a server, a browser or a window: on two cores a third one finds room beside two.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A shared machine may stand still for longer than a test's time limit. A test that needs its second try is named as such.
    retry: process.env.CI === undefined ? 0 : 1
  }
})
