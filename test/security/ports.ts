import { readdirSync, readFileSync, readlinkSync } from "node:fs"

export interface Listening {
  readonly address: string
  readonly port: number
}

/** Of `/proc/net/tcp`: an IPv4 address in the machine's byte order; of IPv6 only what is mapped is taken apart. */
const addressOf = (hex: string): string =>
  hex.length === 8 ? [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".") : `IPv6 ${hex}`

const socketsOf = (pid: number): ReadonlyArray<string> =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })

/** Where processes listen, as Linux tells it. */
export const listeningOf = (pids: ReadonlyArray<number>): ReadonlyArray<Listening> => {
  const theirs = new Set(pids.flatMap(socketsOf))
  const listens = "0A"
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readFileSync(table, "utf8")
      .split("\n")
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .flatMap(([, local = "", , state, , , , , , inode = ""]) => {
        const [hex = "", port = ""] = local.split(":")
        return state === listens && theirs.has(inode)
          ? [{ address: addressOf(hex), port: Number.parseInt(port, 16) }]
          : []
      })
  )
}
