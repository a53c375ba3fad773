import { existsSync } from "node:fs"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import {
  chaussettes,
  finished,
  hasNatsCli,
  nats,
  type Program,
  startChaussettes,
  succeeded,
  until
} from "@chaussettes/testing"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { stateOf, verify } from "./support.ts"

/* The life of a year, in minutes: limits changed, the server exchanged, the detector away. docs/operations.md. */

describe.skipIf(!hasNatsCli)("under running parts", () => {
  let server: RunningServer
  let running: Array<Program>
  const env = () => ({ NATS_URL: server.url })
  const begin = (...args: ReadonlyArray<string>): Program => {
    const one = startChaussettes(args, { env: env() })
    running.push(one)
    return one
  }
  const windows = async () => (await stateOf("WINDOWS", env())).messages
  /** A shipper that says at its end how many lines it has sent, for some seconds. */
  const generate = () =>
    begin(
      ...["generate", "--output", "nats", "--rate", "2000", "--start", "2026-01-05T10:00:00Z", "--per-second", "200"],
      ...["--seed", "3", "--json"]
    )
  /** So many lines, as fast as they go. */
  const generateAll = (lines: number, perSecond: number) =>
    succeeded(
      finished(
        begin(
          ...["generate", "--output", "nats", "--rate", "max", "--start", "2026-01-05T00:00:00Z", "--seed", "5"],
          ...["--count", `${lines}`, "--per-second", `${perSecond}`]
        )
      )
    )
  const sentBy = async (generator: Program): Promise<number> => {
    assert.strictEqual(await generator.stop(), 0, generator.stderr())
    return JSON.parse(generator.stdout()).lines
  }
  /** All that was sent was decided, and all that was decided follows from LOGS. */
  const wholeAfter = async (sent: number) => {
    await succeeded(chaussettes(["detect", "--until-caught-up"], { env: env() }))
    const verified = await verify(env())
    assert.isTrue(verified.ok, JSON.stringify(verified))
    assert.strictEqual(verified.lines, sent)
  }

  beforeEach(async () => {
    running = []
    server = await startServer()
    await succeeded(chaussettes(["init"], { env: env() }))
  })
  /** Another server, run by this program until it is started again. */
  const beginAgainOn = async (program: string) => {
    await server.stop()
    const own = process.env.NATS_SERVER_BIN
    process.env.NATS_SERVER_BIN = program
    try {
      server = await startServer()
    } finally {
      if (own === undefined) delete process.env.NATS_SERVER_BIN
      else process.env.NATS_SERVER_BIN = own
    }
    await succeeded(chaussettes(["init"], { env: env() }))
  }
  afterEach(async () => {
    for (const one of running) await one.stop("SIGKILL")
    await server.stop()
  })

  const goesOnBehindRestarts = async () => {
    const detector = begin("detect")
    const generator = generate()
    for (let round = 0; round < 2; round++) {
      const before = await until("windows", async () => ((await windows()) > 0 ? windows() : undefined), {
        seen: detector.stderr
      })
      // SIGTERM, as `systemctl restart nats-server` and `docker compose up` do it; the store stays.
      await server.shutdown()
      await server.restart()
      await until("more windows", async () => (await windows()) > before + 5, {
        seen: () => `${detector.stderr()}\n${generator.stderr()}`
      })
    }
    const sent = await sentBy(generator)
    await detector.stop()
    await wholeAfter(sent)
  }

  it("the server is ended and started again, and nothing is lost", { timeout: 90_000 }, goesOnBehindRestarts)

  // CI brings a server of `leastServerVersion`.
  const least = process.env.NATS_SERVER_LEAST ?? ""
  it.skipIf(!existsSync(least))(
    "the server is upgraded from the oldest version that is supported, and nothing is lost",
    { timeout: 90_000 },
    async () => {
      await beginAgainOn(least)
      await goesOnBehindRestarts()
      assert.match(server.log(), /Version: +2\.12\.[\s\S]*Version: +2\.1[3-9]\./)
    }
  )

  it("limits are changed by init, and no line is lost by it", { timeout: 90_000 }, async () => {
    const detector = begin("detect")
    const generator = generate()
    await until("windows", async () => (await windows()) > 5, { seen: detector.stderr })
    const said = await succeeded(
      chaussettes(["init", "--limit", "LOGS.age=90d", "--limit", "ALERTS.bytes=10GiB", "--json"], { env: env() })
    )
    const changes = JSON.parse(said).streams.filter((one: { done: string }) => one.done === "updated")
    assert.deepStrictEqual(
      changes.map((one: { name: string }) => one.name),
      ["LOGS", "ALERTS"]
    )
    // A later init without them, such as the one of a new version, does not take the wider limits back.
    await succeeded(chaussettes(["init"], { env: env() }))
    const config = JSON.parse(await succeeded(nats(["stream", "info", "LOGS", "--json"], { env: env() }))).config
    assert.strictEqual(config.max_age, 90 * 86_400 * 1e9)
    const before = await windows()
    await until("more windows", async () => (await windows()) > before + 3, { seen: detector.stderr })
    const sent = await sentBy(generator)
    await detector.stop()
    await wholeAfter(sent)
  })

  it("a detector that was away decides what it would have decided on that day", { timeout: 90_000 }, async () => {
    // A day of lines at one a second waits.
    await generateAll(86400, 1)
    const beganMs = Date.now()
    await wholeAfter(86_400)
    assert.isBelow(Date.now() - beganMs, 60_000)
    assert.isAbove(await windows(), 8_600)
  })

  it("records of an older version are read beside new ones", { timeout: 60_000 }, async () => {
    // As the first version wrote them: without the LOGS that they were made from.
    const old = {
      schema: "chaussettes.window.v1",
      start: "2026-01-04T10:00:00Z",
      end: "2026-01-04T10:00:10Z",
      through_seq: 0,
      resume_seq: 1,
      decided_through: "2026-01-04T10:00:10Z",
      closed_by: "watermark",
      total: 1,
      errors: 0,
      keys: { ip: 1, url: 1 },
      seuils: {
        global: { value: 0.1, revision: 1 },
        ip: { value: 0.3, revision: 2 },
        url: { value: 0.5, revision: 3 }
      },
      rules: {
        url_key: "path",
        ipv6_prefix: 128,
        least_requests: { global: 1, ip: 5, url: 3 },
        language: "en",
        allowed_lateness_ms: 5_000,
        idle_ms: 30_000,
        max_behind_ms: 600_000,
        max_ahead_ms: 300_000
      },
      breaches: { global: 0, ip: 0, url: 0 },
      suppressed: 0,
      since_last: { late: 0, rejected: {}, gap: 0, late_by_source: {} },
      top: { ip: [], url: [] }
    }
    await succeeded(nats(["pub", "windows.decided", JSON.stringify(old)], { env: env() }))
    await generateAll(2000, 20)
    await succeeded(chaussettes(["detect", "--until-caught-up"], { env: env() }))
    assert.isAbove(await windows(), 9)
    await succeeded(chaussettes(["status", "--json"], { env: env() }))
  })
})
