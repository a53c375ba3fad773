import { connect as connectTcp } from "node:net"
import { hasNatsCli } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { addShipper } from "../../apps/cli/src/credentials/shippers.ts"
import { type ConfiguredServer, startConfigured } from "../../apps/cli/test/support/server.ts"

/*
 * The table of roles, tried subject by subject: what of everything that can be said to NATS and JetStream each user may publish and hear. It is
 * written here by hand, beside deploy/nats.conf, so that a permission that somebody adds there is asked for here, too.
 */

const streams = [
  "LOGS",
  "WINDOWS",
  "ALERTS",
  "INCIDENTS",
  "ACTS",
  "REJECTS",
  "KV_seuils",
  "KV_rules",
  "KV_incidents",
  "KV_detector",
  "KV_notify"
] as const

/** Every question of the JetStream API about a stream, and every way to get at its messages. */
const ofStream = (stream: string): ReadonlyArray<string> => [
  ...["CREATE", "UPDATE", "DELETE", "INFO", "PURGE", "SNAPSHOT", "RESTORE", "MSG.DELETE", "MSG.GET"].map(
    (verb) => `$JS.API.STREAM.${verb}.${stream}`
  ),
  ...["PEER.REMOVE", "LEADER.STEPDOWN"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.any.subject`,
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.mine`,
  `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.mine`,
  ...["NAMES", "LIST"].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}`),
  ...["INFO", "DELETE", "PAUSE", "RESET", "UNPIN"].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.mine`),
  `$JS.API.CONSUMER.LEADER.STEPDOWN.${stream}.mine`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.mine`,
  `$JS.ACK.${stream}.mine.1.1.1.1.1`
]

const publishes: ReadonlyArray<string> = [
  ...streams.flatMap(ofStream),
  ...["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.ACCOUNT.PURGE.CHAUSSETTES"],
  ...["$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$JS.FC.any", "$JS.viewers.API.INFO"],
  ...[
    "logs.web",
    "logs.other",
    "logs.web.below",
    "windows.decided",
    "windows.other",
    "alerts.ip.high",
    "incidents.url.drop",
    "acts.silence",
    "rejects.time"
  ],
  ...[
    "$KV.seuils.ip",
    "$KV.rules.ignore",
    "$KV.incidents.model",
    "$KV.incidents.other",
    "$KV.detector.checkpoint",
    "$KV.detector.lease",
    "$KV.detector.tally",
    "$KV.detector.other"
  ],
  ...["$KV.notify.webhook.0", "$SRV.PING", "$SRV.INFO.chaussettes-detector", "$SYS.REQ.SERVER.PING"],
  ...["$SYS.REQ.ACCOUNT.CHAUSSETTES.CONNZ", "$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.USER.INFO"],
  ...["chaussettes.detector.ready", "chaussettes.dashboard.ready", "_INBOX.any", "_INBOX_operator.any", "anything"],
  ...["chaussettes.viewers.api.STREAM.INFO.ALERTS", "chaussettes.origin.api.CONSUMER.CREATE.WINDOWS"]
]

const hears: ReadonlyArray<string> = [
  ...[
    ">",
    "*",
    "logs.>",
    "logs.web",
    "windows.>",
    "alerts.>",
    "incidents.>",
    "acts.>",
    "rejects.>",
    "$KV.>",
    "$KV.seuils.>",
    "$KV.rules.>",
    "$KV.incidents.>",
    "$KV.detector.>"
  ],
  ...["$KV.notify.>", "$JS.>", "$JS.API.>", "$JS.ACK.>", "$JS.EVENT.>", "$JS.EVENT.ADVISORY.>", "$SYS.>", "$SRV.>"],
  ...["_INBOX.>", "_INBOX.any", "_INBOX_operator.>", "_INBOX_detector.>", "_INBOX_thresholds.>", "_INBOX_dashboard.>"],
  ...[
    "_INBOX_notify.>",
    "_INBOX_shipper.>",
    "_INBOX_replay.>",
    "_R_.>",
    "_GR_.>",
    "chaussettes.>",
    "chaussettes.detector.ready"
  ],
  ...[
    "chaussettes.thresholds.ready",
    "chaussettes.dashboard.ready",
    "chaussettes.notify.ready",
    "chaussettes.viewers.copy.>"
  ]
]

/** What is asked of the API about streams, as `VERB STREAM`; all else as it stands. */
const about = (names: ReadonlyArray<string>, verbs: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.flatMap((stream) => verbs.map((verb) => verb.replace("*", stream)))

const direct = ["$JS.API.DIRECT.GET.*", "$JS.API.DIRECT.GET.*.any.subject"]
const info = "$JS.API.STREAM.INFO.*"
/** A consumer of one's own: made, looked after, read, removed. */
const consuming = ["INFO.*.mine", "DELETE.*.mine", "MSG.NEXT.*.mine", "CREATE.*.mine"].map(
  (c) => `$JS.API.CONSUMER.${c}`
)
/** What a permission of `CONSUMER.*.STREAM.*` also covers: all about consumers by name, of streams whose consumers are the part's own. */
const keeping = ["PAUSE.*.mine", "RESET.*.mine", "UNPIN.*.mine"].map((c) => `$JS.API.CONSUMER.${c}`)
const ack = "$JS.ACK.*.mine.1.1.1.1.1"

type Row = { readonly publishes: ReadonlyArray<string>; readonly hears: ReadonlyArray<string> }

const table: { readonly [who: string]: Row } = {
  shipper: {
    publishes: ["logs.web", "logs.other", "logs.web.below", "$JS.API.STREAM.INFO.LOGS"],
    hears: ["_INBOX_shipper.>"]
  },
  "a shipper of one source": { publishes: ["logs.web"], hears: ["_INBOX.>", "_INBOX.any"] },
  replay: {
    publishes: [
      ...["logs.web", "logs.other", "logs.web.below", "$JS.API.STREAM.INFO.LOGS"],
      ...about(["WINDOWS"], [info, ...direct])
    ],
    hears: ["_INBOX_replay.>"]
  },
  detector: {
    publishes: [
      ...["windows.decided", "alerts.ip.high", "incidents.url.drop", "rejects.time", "$JS.FC.any"],
      ...["$KV.detector.checkpoint", "$KV.detector.lease", "$KV.detector.tally"],
      ...about(
        ["LOGS", "WINDOWS", "ALERTS", "INCIDENTS", "KV_seuils", "KV_rules", "KV_incidents"],
        [info, ...direct, ...consuming, ...keeping]
      ),
      ...about(["REJECTS", "KV_detector"], [info, ...direct]),
      ...about(["WINDOWS", "ALERTS", "INCIDENTS"], [ack])
    ],
    hears: ["_INBOX_detector.>", "$SRV.>", "chaussettes.detector.ready"]
  },
  thresholds: {
    publishes: [
      ...["$KV.seuils.ip", "$KV.incidents.model", "$JS.FC.any"],
      ...about(["KV_incidents"], [info, ...direct]),
      ...about(["LOGS", "WINDOWS", "KV_seuils", "KV_rules"], [info, ...direct, ...consuming, ...keeping]),
      ...about(["WINDOWS"], [ack])
    ],
    hears: ["_INBOX_thresholds.>", "$SRV.>", "chaussettes.thresholds.ready"]
  },
  dashboard: {
    publishes: [
      ...["chaussettes.detector.ready", "$JS.API.CONSUMER.CREATE.LOGS.mine", "$JS.API.CONSUMER.MSG.NEXT.LOGS.mine"],
      ...about(streams, [info, ...direct, "$JS.API.CONSUMER.INFO.*.mine"]),
      ...about(["WINDOWS", "ALERTS", "INCIDENTS", "ACTS", "REJECTS", "KV_seuils", "KV_incidents"], consuming),
      ...about(["WINDOWS", "ALERTS", "INCIDENTS", "ACTS", "REJECTS"], [ack])
    ],
    hears: ["_INBOX_dashboard.>", "$SRV.>", "chaussettes.dashboard.ready"]
  },
  notify: {
    publishes: [
      "$KV.notify.webhook.0",
      ...about(["WINDOWS", "ALERTS", "INCIDENTS", "ACTS", "KV_notify", "KV_incidents"], [info, ...direct]),
      ...about(["WINDOWS", "ALERTS", "INCIDENTS", "ACTS", "KV_incidents"], consuming)
    ],
    hears: ["_INBOX_notify.>", "$SRV.>", "chaussettes.notify.ready"]
  },
  nobody: {
    publishes: [
      ...["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.viewers.API.INFO", "$JS.FC.any"],
      ...about(
        ["WINDOWS", "ALERTS", "INCIDENTS", "KV_seuils"],
        [info, ...direct, ...consuming, ack, "$JS.API.STREAM.MSG.GET.*", "$JS.API.CONSUMER.DURABLE.CREATE.*.mine"]
      )
    ],
    hears: ["_INBOX.>", "_INBOX.any"]
  }
}

/** Which of many subjects the server does not deny, told by bytes on a socket. */
const allowed = (
  url: string,
  who: object,
  say: (subject: string, id: number) => string,
  subjects: ReadonlyArray<string>
) =>
  new Promise<ReadonlyArray<string>>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connectTcp(Number(port), hostname)
    let heard = ""
    socket.on("error", reject)
    socket.on("close", () => reject(new Error(`the server closed the connection:\n${heard}`)))
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString()
      if (!/^PONG/m.test(heard)) return
      // The server names what a viewer's question is mapped to.
      const named = [...heard.matchAll(/Permissions Violation for \w+ to "([^"]+)"/g)].map(([, subject]) => subject!)
      const denied = new Set(named.flatMap((subject) => [subject, subject.replace(/^\$JS\.viewers\.API/, "$$JS.API")]))
      socket.removeAllListeners("close").destroy()
      resolve(subjects.filter((subject) => !denied.has(subject)))
    })
    socket.write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, ...who })}\r\n`)
    socket.write(`${subjects.map(say).join("")}PING\r\n`)
  })

const servers = [
  ["the server on PATH", undefined],
  ["the oldest server that is supported", process.env.NATS_SERVER_LEAST]
] as const

describe.each(servers)("the table of roles on %s", (name, bin) => {
  describe.skipIf(!hasNatsCli || (bin === undefined && name !== servers[0][0]))("", () => {
    let server: ConfiguredServer
    let evil: object
    const own = process.env.NATS_SERVER_BIN
    beforeAll(async () => {
      if (bin !== undefined) process.env.NATS_SERVER_BIN = bin
      server = await startConfigured(undefined, {}, (credentials) => {
        const { name: user, password: pass } = addShipper(credentials, {
          name: "evil",
          source: "web",
          mayResume: false,
          mayAsk: false
        })
        evil = { user, pass }
      })
    })
    afterAll(async () => {
      if (own === undefined) delete process.env.NATS_SERVER_BIN
      else process.env.NATS_SERVER_BIN = own
      await server?.stop()
    })
    const credentialsOf = (who: string): object =>
      who === "nobody"
        ? {}
        : who === "a shipper of one source"
          ? evil
          : { user: who, pass: server.passwords[who as keyof typeof server.passwords] }

    it.each(Object.keys(table))("%s publishes this and nothing else", async (who) => {
      const may = await allowed(server.url, credentialsOf(who), (subject) => `PUB ${subject} 0\r\n\r\n`, publishes)
      assert.deepStrictEqual([...may].sort(), [...new Set(table[who]!.publishes)].sort())
    })

    it.each(Object.keys(table))("%s hears this and nothing else", async (who) => {
      const may = await allowed(server.url, credentialsOf(who), (subject, id) => `SUB ${subject} ${id + 1}\r\n`, hears)
      assert.deepStrictEqual([...may].sort(), [...table[who]!.hears].sort())
    })
  })
})
