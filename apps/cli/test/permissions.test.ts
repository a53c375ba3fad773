import { topology } from "@chaussettes/jetstream/topology"
import { hasNatsCli, nats, type Ran, run, start, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ConfiguredServer, initialized, startConfigured } from "./support/server.ts"

/*
 * What each user of deploy/nats.conf may do and may not, tried with the stock `nats` CLI on the real server.
 */

type Who = "nobody" | "shipper" | "ship" | "replay" | "detector" | "thresholds" | "dashboard" | "notify" | "operator"
type Verdict = "may" | "may not"

let server: ConfiguredServer

/** `nobody` comes without credentials, as the stock CLI does by default. */
const as = (who: Who): ReadonlyArray<string> => [
  ...(who === "nobody" ? ["--server", server.url] : ["--context", server.context(who)]),
  "--timeout=1s"
]

const publish = (subject: string) => (who: Who) => nats([...as(who), "pub", subject, "text"])
const ask =
  (subject: string, body = "") =>
  (who: Who) =>
    nats([...as(who), "req", subject, body])
const listen = (subject: string) => (who: Who) => nats([...as(who), "sub", subject, "--wait=100ms", "--count=1"])
const reading = (stream: string) =>
  ask(`$JS.API.CONSUMER.CREATE.${stream}.c`, `{"stream_name":"${stream}","config":{"name":"c","ack_policy":"none"}}`)

const actions = {
  "send lines": publish("logs.web"),
  "write a window's record": publish("windows.decided"),
  "write an alert": publish("alerts.ip.high"),
  "write an incident": publish("incidents.url.server-errors"),
  "acknowledge an incident": publish("acts.acknowledge"),
  "write a reject": publish("rejects.time"),
  "set a threshold": publish("$KV.seuils.ip"),
  "set a rule": publish("$KV.rules.ignore"),
  "publish what incidents are judged by": publish("$KV.incidents.model"),
  "move the checkpoint": publish("$KV.detector.checkpoint"),
  "note how far a receiver is": publish("$KV.notify.webhook.0"),
  "see how much LOGS holds": ask("$JS.API.STREAM.INFO.LOGS"),
  "get the last line of a source": ask("$JS.API.DIRECT.GET.LOGS.logs.web"),
  "get a line": ask("$JS.API.DIRECT.GET.LOGS", '{"seq":1}'),
  "read lines": reading("LOGS"),
  "read rejects": reading("REJECTS"),
  "read the windows": reading("WINDOWS"),
  "read how far the windows are": ask("$JS.API.DIRECT.GET.WINDOWS", '{"seq":1}'),
  "read the alerts": reading("ALERTS"),
  "read the incidents": reading("INCIDENTS"),
  "read the acts": reading("ACTS"),
  "read the thresholds": reading("KV_seuils"),
  "read the rules": reading("KV_rules"),
  "get an alert": ask("$JS.API.DIRECT.GET.ALERTS", '{"seq":1}'),
  "get a threshold": ask("$JS.API.DIRECT.GET.KV_seuils.$KV.seuils.ip"),
  "get what incidents are judged by": ask("$JS.API.DIRECT.GET.KV_incidents.$KV.incidents.model"),
  "get a rule": ask("$JS.API.DIRECT.GET.KV_rules.$KV.rules.ignore"),
  "get the checkpoint": ask("$JS.API.DIRECT.GET.KV_detector", '{"last_by_subj":"$KV.detector.checkpoint"}'),
  "get how far a receiver is": ask("$JS.API.DIRECT.GET.KV_notify.$KV.notify.webhook.0"),
  "make a stream": ask("$JS.API.STREAM.CREATE.MINE", '{"name":"MINE","subjects":["mine"]}'),
  "change a stream": ask("$JS.API.STREAM.UPDATE.LOGS", "{}"),
  "empty a stream": ask("$JS.API.STREAM.PURGE.REJECTS"),
  "delete a message": ask("$JS.API.STREAM.MSG.DELETE.LOGS", '{"seq":1}'),
  "delete a stream": ask("$JS.API.STREAM.DELETE.MINE"),
  "hear everything": listen(">"),
  "hear lines as they come": listen("logs.>"),
  "ask which parts run": ask("$SRV.PING"),
  "answer which parts run": listen("$SRV.>"),
  "ask whether the detector can do its work": ask("chaussettes.detector.ready"),
  "hear the operator's answers": listen("_INBOX_operator.>")
} as const

type Action = keyof typeof actions

const table: { readonly [who in Who]: { readonly may: ReadonlyArray<Action> } } = {
  nobody: {
    may: [
      "read how far the windows are",
      "read the windows",
      "read the alerts",
      "read the incidents",
      "read the thresholds",
      "get an alert",
      "get a threshold"
    ]
  },
  shipper: { may: ["send lines", "see how much LOGS holds"] },
  ship: { may: ["send lines", "get the last line of a source"] },
  replay: {
    may: ["send lines", "see how much LOGS holds", "get the last line of a source", "read how far the windows are"]
  },
  detector: {
    may: [
      "write a window's record",
      "write an alert",
      "write an incident",
      "write a reject",
      "move the checkpoint",
      "see how much LOGS holds",
      "get the last line of a source",
      "get a line",
      "read lines",
      "read the windows",
      "read how far the windows are",
      "read the alerts",
      "read the incidents",
      "read the thresholds",
      "read the rules",
      "get an alert",
      "get a threshold",
      "get a rule",
      "get what incidents are judged by",
      "get the checkpoint",
      "answer which parts run"
    ]
  },
  thresholds: {
    may: [
      "set a threshold",
      "publish what incidents are judged by",
      "see how much LOGS holds",
      "get the last line of a source",
      "get a line",
      "read lines",
      "read the windows",
      "read how far the windows are",
      "read the thresholds",
      "read the rules",
      "get a threshold",
      "get a rule",
      "get what incidents are judged by",
      "answer which parts run"
    ]
  },
  dashboard: {
    may: [
      "see how much LOGS holds",
      "get the last line of a source",
      "get a line",
      "read lines",
      "read rejects",
      "read the windows",
      "read how far the windows are",
      "read the alerts",
      "read the incidents",
      "read the acts",
      "read the thresholds",
      "get an alert",
      "get a threshold",
      "get a rule",
      "get what incidents are judged by",
      "get the checkpoint",
      "get how far a receiver is",
      "answer which parts run",
      "ask whether the detector can do its work"
    ]
  },
  notify: {
    may: [
      "read the windows",
      "read how far the windows are",
      "read the alerts",
      "read the incidents",
      "read the acts",
      "get what incidents are judged by",
      "get an alert",
      "note how far a receiver is",
      "get how far a receiver is",
      "answer which parts run"
    ]
  },
  operator: { may: Object.keys(actions) as ReadonlyArray<Action> }
}

/** Of an account that reaches no JetStream the server says that there is none: that is no answer. */
const verdictOf = (ran: Ran): Verdict =>
  /permissions violation|not enabled for account/i.test(ran.output) ? "may not" : "may"

describe.skipIf(!hasNatsCli)("the server's configuration", () => {
  beforeAll(async () => {
    server = await startConfigured()
    await initialized(server)
    for (const subject of ["logs.web", "alerts.ip.high", "rejects.time", "$KV.detector.checkpoint"]) {
      assert.strictEqual((await nats([...as("operator"), "pub", subject, "first"])).code, 0)
    }
  })
  afterAll(() => server.stop())

  describe.each(Object.keys(table) as ReadonlyArray<Who>)("%s", (who) => {
    it.concurrent.each(
      (Object.keys(actions) as ReadonlyArray<Action>)
        // What the operator may do it would do: not to what the other rows rest on.
        .filter((action) => who !== "operator" || !/^(delete|empty|change|make)/.test(action))
        .map((action): [Verdict, Action] => [table[who].may.includes(action) ? "may" : "may not", action])
    )("%s %s", async (expected, action) => {
      assert.strictEqual(verdictOf(await actions[action](who)), expected)
    })
  })

  describe("an answer never becomes a message of a stream", () => {
    const lastSeqs = async (): Promise<ReadonlyArray<string>> => {
      return Promise.all(
        topology()
          .map(({ name }) => name)
          .map(async (stream) => {
            const { stdout } = await nats([...as("operator"), "stream", "info", stream, "--json"])
            return `${stream} ${(JSON.parse(stdout) as { state: { last_seq: number } }).state.last_seq}`
          })
      )
    }
    const targets = [
      "logs.web",
      "windows.decided",
      "alerts.ip.high",
      "incidents.url.drop",
      "acts.silence",
      "rejects.time",
      "$KV.seuils.ip",
      "$KV.rules.ignore",
      "$KV.incidents.model",
      "$KV.detector.lease"
    ]

    it.each([
      ["nobody", "$JS.API.DIRECT.GET.KV_seuils.$KV.seuils.global", ""],
      ["nobody", "$JS.API.STREAM.INFO.ALERTS", ""],
      ["nobody", "$JS.API.STREAM.MSG.GET.ALERTS", '{"seq":1}'],
      ["shipper", "$JS.API.STREAM.INFO.LOGS", ""],
      ["ship", "$JS.API.DIRECT.GET.LOGS.logs.web", ""],
      ["replay", "$JS.API.DIRECT.GET.LOGS.logs.web", ""],
      ["dashboard", "$JS.API.DIRECT.GET.LOGS", '{"seq":1}'],
      ["dashboard", "chaussettes.detector.ready", ""],
      ["notify", "$JS.API.DIRECT.GET.ALERTS", '{"seq":1}']
    ] as ReadonlyArray<[Who, string, string]>)(
      "when %s asks %s and names a stream's subject for the answer",
      async (who, subject, body) => {
        const before = await lastSeqs()
        await Promise.all(targets.map((reply) => nats([...as(who), "pub", subject, body, "--reply", reply])))
        assert.deepStrictEqual(await lastSeqs(), before)
      }
    )

    it("when a shipper names a stream's subject for the acknowledgement of a line", async () => {
      const before = await lastSeqs()
      for (const reply of targets) await nats([...as("shipper"), "pub", "logs.web", "line", "--reply", reply])
      const lines = (rows: ReadonlyArray<string>) => Number(rows[0]!.split(" ")[1])
      const after = await lastSeqs()
      assert.deepStrictEqual(after.slice(1), before.slice(1))
      assert.strictEqual(lines(after), lines(before) + targets.length, "the lines themselves, and no acknowledgement")
    })

    it("when nobody in particular makes a consumer that delivers to a stream's subject", async () => {
      const before = await lastSeqs()
      for (const [i, target] of [...targets, "chaussettes.detector.ready"].entries()) {
        const config = { name: `push${i}`, deliver_subject: target, ack_policy: "none", deliver_policy: "all" }
        const body = JSON.stringify({ stream_name: "ALERTS", config })
        const ran = await ask(`$JS.API.CONSUMER.CREATE.ALERTS.push${i}`, body)("nobody")
        assert.match(ran.output, /"num_pending":[1-9]/, target)
        // The viewers' server made it, and would deliver at once if anybody listened there.
        const info = await ask(`$JS.API.CONSUMER.INFO.ALERTS.push${i}`)("nobody")
        assert.match(info.output, /"delivered":\{"consumer_seq":0,"stream_seq":0\}/, target)
        await ask(`$JS.API.CONSUMER.DELETE.ALERTS.push${i}`)("nobody")
      }
      assert.deepStrictEqual(await lastSeqs(), before)
    })
  })

  describe("the stock CLI without credentials", () => {
    /** `nats stream view` asks for a terminal: `script` gives it one. */
    const inTerminal = (command: string) => run("script", ["-qec", command, "/dev/null"], { input: "" })

    it("views the alerts", async () => {
      const ran = await inTerminal(`nats --server ${server.url} stream view ALERTS`)
      assert.match(ran.output, /Subject: alerts\.ip\.high/)
      assert.match(ran.output, /first/)
    })

    it("prints the first threshold as a bare number", async () => {
      const ran = await nats(["--server", server.url, "kv", "get", "seuils", "global", "--raw"])
      assert.strictEqual(ran.stdout, "0.1")
    })

    it("tells a threshold with its revision", async () => {
      assert.match(
        (await nats(["--server", server.url, "kv", "get", "seuils", "global"])).output,
        /seuils > global revision: 1.*0\.1/s
      )
    })

    it("cannot set one, and the operator's context can", async () => {
      const refused = await nats(["--server", server.url, "--timeout=1s", "kv", "put", "seuils", "url", "0.9"])
      assert.notStrictEqual(refused.code, 0)
      const put = await nats(["--context", server.context("operator"), "kv", "put", "seuils", "url", "0.6"])
      assert.strictEqual(put.code, 0, put.output)
      await until("viewers see it", async () => {
        const ran = await nats(["--server", server.url, "kv", "get", "seuils", "url", "--raw"])
        return ran.stdout === "0.6"
      })
    })

    it("watches them", async () => {
      const watching = start("nats", ["--server", server.url, "kv", "watch", "seuils"])
      await until("a threshold is shown", () => /seuils > global: 0\.1/.test(watching.output()), {
        seen: watching.output
      })
      await watching.stop()
    })

    it("lists what there is to see", async () => {
      const ran = await nats(["--server", server.url, "stream", "ls", "--names", "--all"])
      assert.deepStrictEqual(ran.stdout.trim().split(/\s+/).sort(), ["ALERTS", "INCIDENTS", "KV_seuils", "WINDOWS"])
    })
  })
})
