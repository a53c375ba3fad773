import { createHash } from "node:crypto"

/*
 * How LOGS itself remembers how far a ship is. Each message carries the places of all files of its source, so that the newest one alone
 * says where to go on: a shipper may read nothing but the last message of its own source.
 */

/** Up to where a file was sent, as a message carries it. */
export interface Place {
  /** Which log it is a file of, see `logKey`. */
  readonly log: string
  readonly offset: number
  /** See `checkOf`. */
  readonly check: string
  /** See `headCheckOf`: of the file's first KiB, or of all up to `offset`. */
  readonly head: string
  /** When the file was last changed, as far as was known then; whole seconds since the epoch, in its file system's clock. */
  readonly modifiedS: number
}

/** A log's path as it stands in a message: short, since there may be many, and told to nobody who does not know it. */
export const logKey = (path: string): string => createHash("sha256").update(path).digest("base64url").slice(0, 6)

const names = {
  ship: "Chaussettes-Ship",
  host: "Chaussettes-Host",
  places: "Chaussettes-Places",
  behind: "Chaussettes-Behind"
} as const

/** Which message of which ship it is. */
export interface Identity {
  /** Drawn anew for each life of a ship, and the number of the message in it: two lives or two messages never have the same. */
  readonly life: string
  readonly message: number
  readonly host: string
}

export const identityHeaders = ({ life, message, host }: Identity): Record<string, string> => ({
  [names.ship]: `${life}.${message}`,
  [names.host]: encodeURIComponent(host)
})

/** The inverse; undefined for a message that no ship wrote. */
export const identityIn = (headers: Readonly<Record<string, string>>): Identity | undefined => {
  const parts = /^([A-Za-z0-9_-]+)\.(\d+)$/.exec(headers[names.ship] ?? "")
  return parts === null
    ? undefined
    : { life: parts[1]!, message: Number(parts[2]), host: decodeURIComponent(headers[names.host] ?? "") }
}

/** What a message of a ship of files says of them. */
export interface Shipped {
  /** A log's places stand together, those of older files first. */
  readonly places: ReadonlyArray<Place>
  /** Bytes of its files that were not sent yet when this was, and for how many ms the oldest of them had waited. */
  readonly behind: { readonly bytes: number; readonly ms: number }
}

const form = /^([A-Za-z0-9_-]{6})\.([0-9a-z]+)\.([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{6})\.([0-9a-z]+)$/
const version = "1"

export const placeHeaders = ({ places, behind }: Shipped): Record<string, string> => {
  const newestS = places.reduce((newest, place) => Math.max(newest, place.modifiedS), 0)
  const list = places.map(
    ({ log, offset, check, head, modifiedS }) =>
      `${log}.${offset.toString(36)}.${check}${head}.${(newestS - modifiedS).toString(36)}`
  )
  return {
    [names.places]: [version, newestS.toString(36), ...list].join(" "),
    [names.behind]: `${behind.bytes} ${Math.round(behind.ms)}`
  }
}

/** The inverse; undefined for a message that no ship of files wrote, or one of a later version. */
export const shippedOf = (headers: Readonly<Record<string, string>>): Shipped | undefined => {
  const [read, newest = "", ...list] = (headers[names.places] ?? "").split(" ")
  if (read !== version) return undefined
  const newestS = Number.parseInt(newest, 36)
  const places = list.map((text) => {
    const parts = form.exec(text)
    return (
      parts && {
        log: parts[1]!,
        offset: Number.parseInt(parts[2]!, 36),
        check: parts[3]!,
        head: parts[4]!,
        modifiedS: newestS - Number.parseInt(parts[5]!, 36)
      }
    )
  })
  const [bytes = 0, ms = 0] = (headers[names.behind] ?? "").split(" ").map(Number)
  if (!Number.isFinite(newestS) || places.includes(null)) return undefined
  return { places: places as ReadonlyArray<Place>, behind: { bytes, ms } }
}
