import type { Replication } from "@chaussettes/jetstream"
import { painter } from "@chaussettes/presentation/terminal"
import { describe, expect, it } from "vitest"
import { clusterLines } from "../src/status/cluster.ts"

const follower = (server: string, of: Partial<Replication["followers"][number]> = {}) => ({
  server,
  offline: false,
  silentMs: 900,
  current: true,
  lag: 0,
  ...of
})

const stream = (name: string, of: Partial<Replication> = {}): Replication => ({
  name,
  replicas: 3,
  leader: "n1",
  followers: [follower("n2"), follower("n3")],
  ...of
})

const lease = { holder: "host/7/ab", generation: 2, renewedMs: 0, revision: 9 }
const lines = (language: "en" | "fr", replication: ReadonlyArray<Replication>, notifier?: typeof lease) =>
  clusterLines({ replication, notifier }, language, painter(false))

describe("status on a cluster", () => {
  it("says who leads each stream, how many copies are complete, and which are not", () => {
    const troubled = [
      stream("LOGS"),
      stream("WINDOWS", { followers: [follower("n2", { offline: true, lag: 12 }), follower("n3")] }),
      stream("ALERTS", { followers: [follower("n2", { current: false, lag: 1_200 }), follower("n3", { lag: 3 })] }),
      stream("KV_seuils", { leader: null })
    ]
    expect(lines("en", troubled, lease)).toEqual([
      "",
      "notifier: host/7/ab",
      "",
      "copies on the cluster:",
      "  LOGS       n1 leads, 3 of 3 copies complete",
      "  WINDOWS    n1 leads, 2 of 3 copies complete, n2 is down",
      "  ALERTS     n1 leads, 1 of 3 copies complete, n2 is behind by 1,200, n3 is behind by 3",
      "  KV_seuils  no server leads: nothing can be written or read in order"
    ])
  })

  it("takes a server for gone that has been silent for longer than an election, also where the leader has never heard of it", () => {
    const silent = [
      stream("LOGS", { followers: [follower("n2", { silentMs: 10_001 }), follower("n3", { silentMs: 10_000 })] }),
      stream("WINDOWS", { followers: [follower("n2", { silentMs: 0, current: false, lag: 2 }), follower("n3")] }),
      stream("ALERTS", { followers: [follower("n2"), follower("n3", { silentMs: 0, current: false, lag: 7 })] })
    ]
    expect(lines("en", silent).slice(2)).toEqual([
      "  LOGS     n1 leads, 2 of 3 copies complete, n2 has been silent for 10 s",
      "  WINDOWS  n1 leads, 2 of 3 copies complete, n2 has been silent for 10 s",
      "  ALERTS   n1 leads, 2 of 3 copies complete, n3 is behind by 7"
    ])
    expect(lines("fr", silent)[2]).toBe("  LOGS     n1 mène, 2 copies complètes sur 3, n2 se tait depuis 10 s")
  })

  it("says in French what it says in English", () => {
    expect(lines("fr", [stream("LOGS", { followers: [] })])).toEqual([
      "",
      "copies sur la grappe :",
      "  LOGS  n1 mène, 1 copie complète sur 3"
    ])
  })

  it("says nothing of copies on a server by itself, and lets no name act on the terminal", () => {
    expect(lines("en", [])).toEqual([])
    expect(lines("en", [stream("LOGS", { leader: "n\u001b[2J" })])[2]).not.toContain("\u001b")
  })
})
