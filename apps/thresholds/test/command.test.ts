import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import {
  applyTopology,
  Connection,
  layerLogsWriter,
  layerThresholdsStore,
  ThresholdsStore,
  writeFirstThresholds
} from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { chaussettes } from "@chaussettes/testing"
import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { logOf, someFail, store } from "./support.ts"

/** Each of these starts the command several times, which takes its time on a busy machine. */
const timeoutMs = 120_000

const log = fileURLToPath(new URL("../../../testdata/elastic-apache-10k.log", import.meta.url))

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "thresholds-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("thresholds over files", () => {
  it(
    "gives the original's values for the real log, plain or gzip",
    async () => {
      const zipped = join(folder, "log.gz")
      await writeFile(zipped, gzipSync(await readFile(log)))
      for (const [from, name] of [
        [log, "plain.json"],
        [zipped, "zipped.json"]
      ] as const) {
        const out = join(folder, name)
        const { code, stderr } = await chaussettes([
          "thresholds",
          "--from",
          from,
          "--method",
          "percentile_99",
          "--out",
          out
        ])
        expect(stderr).toContain("9,999 lines")
        expect(code).toBe(0)
        const { metadata, incidents, ...seuils } = JSON.parse(await readFile(out, "utf8"))
        expect(seuils).toEqual({ global: 0.05, ip: 0.413, url: 1 })
        expect(incidents.schema).toBe("chaussettes.incident-model.v1")
        expect(metadata).toMatchObject({
          method: "percentile_99",
          total_logs_analyzed: 9_999,
          total_errors: 220,
          global_error_rate: 0.022,
          ips_analyzed: 136
        })
        expect(metadata.top_error_ips[0]).toEqual({ ip: "208.91.156.11", error_rate: 1, total_requests: 60 })
        expect(metadata.top_error_urls).toHaveLength(5)
      }
    },
    timeoutMs
  )

  it(
    "says in one sentence why nothing can be published, with exit code 1, and writes no file",
    async () => {
      const short = join(folder, "short.log")
      await writeFile(short, logOf(20, someFail(1)))
      const out = join(folder, "none.json")
      const { code, stderr, stdout } = await chaussettes(["thresholds", "--from", short, "--out", out, "--json"])
      expect(code).toBe(1)
      expect(stderr.trim().split("\n").at(-1)).toMatch(/^No thresholds were published.*too little history/)
      expect(JSON.parse(stdout)).toMatchObject({ published: false, refused: { _tag: "TooLittle" } })
      await expect(readFile(out)).rejects.toThrow()
    },
    timeoutMs
  )

  it(
    "reads files in the order of their times, and writes nothing from a history of which most got no verdict",
    async () => {
      const lines = (await readFile(log, "latin1")).split(/(?<=\n)/)
      const parts = [lines.slice(7_000), lines.slice(3_000, 7_000), lines.slice(0, 3_000)]
      const files = parts.map((_, i) => join(folder, `access.log.${i}`))
      for (const [i, part] of parts.entries()) await writeFile(files[i]!, part.join(""), "latin1")
      const from = files.flatMap((file) => ["--from", file])
      const out = join(folder, "ordered.json")
      const args = ["thresholds", ...from, "--method", "percentile_99", "--out"]
      const ordered = await chaussettes([...args, out])
      expect(ordered.code).toBe(0)
      expect(ordered.stderr).toMatch(/^Reading .*access\.log\.2 first and .*access\.log\.0 last: /)
      expect(JSON.parse(await readFile(out, "utf8"))).toMatchObject({ global: 0.05, ip: 0.413, url: 1 })

      const none = join(folder, "as-given.json")
      const asGiven = await chaussettes([...args, none, "--as-given", "--json"])
      expect(asGiven.code).toBe(1)
      expect(asGiven.stderr).toMatch(/^Most lines get no verdict \(70%\): .* Leave --as-given out/)
      expect(asGiven.stderr).toContain(`Nothing was written to ${none}.`)
      expect(JSON.parse(asGiven.stdout)).toMatchObject({ published: false, usability: "most_unjudged" })
      await expect(readFile(none)).rejects.toThrow()

      const tried = await chaussettes(["thresholds", "what-if", ...from, "--as-given", "--ip", "0.4", "--json"])
      expect(tried.code).toBe(1)
      expect(tried.stderr).toMatch(/^Most lines get no verdict/)
      expect(JSON.parse(tried.stdout)).toMatchObject({ usability: "most_unjudged" })
    },
    timeoutMs
  )

  it(
    "says in one sentence where its result cannot be written",
    async () => {
      const args = ["thresholds", "--from", log, "--method", "percentile_99", "--out", "/dev/full"]
      const { code, stderr } = await chaussettes(args)
      expect(code).toBe(1)
      expect(stderr.trim().split("\n").at(-1)).toBe(
        "Cannot write /dev/full: the disk is full. Give another file with --out."
      )
    },
    timeoutMs
  )

  it(
    "refuses flags that do not go together, with exit code 2",
    async () => {
      const wrong = [
        ["thresholds", "--from", log, "--every", "1h"],
        ["thresholds", "--out", "x.json"],
        ["thresholds", "--target", "7"],
        ["thresholds", "--target", "ip=7"],
        ["thresholds", "--target", "client=1%"],
        ["thresholds", "--target", "ip=1%,ip=2%"],
        ["thresholds", "what-if", "--from", log],
        ["thresholds", "what-if", "--from", log, "--ip", "1.5"]
      ]
      for (const { code, stderr } of await Promise.all(wrong.map((args) => chaussettes(args)))) {
        expect(code).toBe(2)
        expect(stderr).not.toContain("    at ")
      }
    },
    timeoutMs
  )

  it(
    "tells what would have alerted with other thresholds, by dimension, day and key",
    async () => {
      const { code, stdout } = await chaussettes([
        "thresholds",
        "what-if",
        "--from",
        log,
        "--global",
        "0.15",
        "--ip",
        "0.6",
        "--json"
      ])
      expect(code).toBe(0)
      const result = JSON.parse(stdout)
      expect(result.alerts).toEqual({
        global: { in_force: 20, tried: 5 },
        ip: { in_force: 2, tried: 1 },
        url: { in_force: 0, tried: 0 }
      })
      expect(result.days.map((d: { day: string }) => d.day)).toEqual([
        "2015-05-17",
        "2015-05-18",
        "2015-05-19",
        "2015-05-20"
      ])
      expect(result.keys).toEqual([{ dimension: "ip", key: "144.76.95.39", in_force: 2, tried: 1 }])
    },
    timeoutMs
  )
})

describe("thresholds over LOGS", () => {
  it.live(
    "replays a real server's LOGS, publishes by both methods, and never writes for what-if or a dry run",
    () =>
      Effect.gen(function* () {
        const server = yield* TestServer
        const ports = Layer.mergeAll(layerLogsWriter(), layerThresholdsStore).pipe(
          Layer.provideMerge(Connection.layer({ servers: [server.url], name: "test" }))
        )
        const run = (...args: ReadonlyArray<string>) =>
          Effect.promise(() => chaussettes(["thresholds", ...args, "--server", server.url]))
        yield* Effect.gen(function* () {
          const seuils = yield* ThresholdsStore
          yield* applyTopology()
          yield* writeFirstThresholds()
          yield* store(logOf(1_200, someFail(7)))
          const first = yield* seuils.current
          expect((yield* run("--dry-run")).code).toBe(0)
          const tried = yield* run("what-if", "--method", "calibrated", "--json")
          expect(tried.code).toBe(0)
          expect(JSON.parse(tried.stdout).tried.global).toHaveProperty("least_errors")
          expect(yield* seuils.current).toEqual(first)

          expect((yield* run("--method", "percentile_99")).code).toBe(0)
          const bare = (yield* seuils.current).find((entry) => entry.key === "global")!
          expect(bare.text).toBe("0.05")
          expect((yield* run()).code).toBe(0)
          const listed = JSON.parse((yield* run("history", "--json")).stdout)
          expect(listed.seuils.map((s: { by: string }) => s.by)).toEqual([
            ...["first values", "first values", "first values"],
            ...["percentile_99", "percentile_99", "percentile_99"],
            ...["calibrated", "calibrated", "calibrated"]
          ])
          expect((yield* run("history", "--back-to", `${bare.revision}`)).code).toBe(0)
          expect((yield* seuils.current).find((entry) => entry.key === "global")!.text).toBe("0.05")
        }).pipe(Effect.scoped, Effect.provide(ports))
      }).pipe(Effect.provide(TestServer.layer())),
    timeoutMs
  )
})
