import { BlockList, isIP } from "node:net"
import { isLoopback, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Result } from "effect"

/** Where lines are taken, and how. */
export interface Listener {
  readonly protocol: "udp" | "tcp" | "tls" | "http" | "https"
  readonly host: string
  readonly port: number
}

const form = /^(?:([a-z]+):\/\/)?(\[[0-9a-f:.]+\]|[^:/\s[\]]*):(\d{1,5})\/?$/i

/** `:5514`, `0.0.0.0:5514`, `tls://[::1]:6514`. Without a host it is the loopback address, without a protocol each of `bare`. */
export const parseListeners = (
  flag: string,
  text: string,
  bare: ReadonlyArray<Listener["protocol"]>,
  known: ReadonlyArray<Listener["protocol"]>
): Result.Result<ReadonlyArray<Listener>, UserFailure> => {
  const match = form.exec(text)
  const protocol = match?.[1]?.toLowerCase() as Listener["protocol"] | undefined
  const port = Number(match?.[3])
  if (match === null || port > 65_535 || (protocol !== undefined && !known.includes(protocol))) {
    return Result.fail(
      wrongUsage(
        `${flag} ${JSON.stringify(text)}: expected an address like :5514, 0.0.0.0:5514 or ${known.at(-1)}://:5514 (${known.join(", ")}).`
      )
    )
  }
  const host = match[2] === "" ? "127.0.0.1" : match[2]!.replace(/^\[|\]$/g, "")
  return Result.succeed((protocol === undefined ? bare : [protocol]).map((own) => ({ protocol: own, host, port })))
}

/** Peers that may send; those of this machine always may. */
export interface Peers {
  readonly allows: (address: string | undefined) => boolean
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** `192.0.2.7` and `2001:db8::/32`; undefined lets everybody in who reaches the port. */
export const parsePeers = (texts: ReadonlyArray<string>): Result.Result<Peers | undefined, UserFailure> => {
  if (texts.length === 0) return Result.succeed(undefined)
  const list = new BlockList()
  for (const text of texts.flatMap((given) => given.split(","))) {
    const [address = "", prefix] = text.trim().split("/")
    const version = isIP(address)
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix)
    if (version === 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) {
      return Result.fail(
        wrongUsage(`--allow ${JSON.stringify(text)}: expected an address or a network like 192.0.2.0/24.`)
      )
    }
    list.addSubnet(address, bits, version === 6 ? "ipv6" : "ipv4")
  }
  return Result.succeed({
    allows: (peer) => {
      if (peer === undefined) return false
      const address = mapped.exec(peer)?.[1] ?? peer
      return isLoopback(address) || list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")
    }
  })
}

/** Why a listener may not be opened: whoever reaches it could write lines. Undefined where it may. */
export const openDoor = (
  { protocol, host, port }: Listener,
  guards: { readonly peers: boolean; readonly token: boolean; readonly clientCertificates: boolean }
): UserFailure | undefined => {
  if (isLoopback(host) || guards.peers) return undefined
  const asks = protocol === "http" || protocol === "https" ? guards.token : false
  const checks = (protocol === "tls" || protocol === "https") && guards.clientCertificates
  if (asks || checks) return undefined
  const ways = {
    udp: "--allow with the senders' addresses",
    tcp: "--allow with the senders' addresses",
    tls: "--listen-client-ca or --allow",
    http: "--token-file (CHAUSSETTES_SHIP_TOKEN) or --allow",
    https: "--token-file (CHAUSSETTES_SHIP_TOKEN), --listen-client-ca or --allow"
  } as const
  return wrongUsage(
    `Refusing to accept lines from every client that reaches ${protocol}://${host}:${port}: give ${ways[protocol]}, or listen on 127.0.0.1.`
  )
}
