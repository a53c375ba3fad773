import { QUESTION } from "../line/bytes.ts"
import { Client } from "../line/client.ts"

const dot = 46
const slash = 47

/** Extensions of files that belong to pages and are none. */
const extensions = new Set(
  "css js mjs map png jpg jpeg gif webp avif svg ico bmp woff woff2 ttf eot otf mp3 mp4 webm ogg wav pdf zip gz tar txt".split(
    " "
  )
)
const longestExtension = 5

/** Whether a URL is that of a file that is sent as it is, told by its extension. */
export const isStaticFile = (url: Uint8Array): boolean => {
  let end = url.indexOf(QUESTION)
  if (end < 0) end = url.length
  let at = end - 1
  while (at >= 0 && end - at <= longestExtension + 1 && url[at] !== dot && url[at] !== slash) at--
  if (at < 0 || url[at] !== dot || end - at - 1 > longestExtension) return false
  let extension = ""
  for (let i = at + 1; i < end; i++) extension += String.fromCharCode(url[i]!)
  return extensions.has(extension.toLowerCase())
}

const networkBits = 48
const grouping = new Client(networkBits, 0)
const colon = 58

/** The network of a client, the part of an address that mostly one site or provider has: /24, and /48 of IPv6. */
export const networkOf = (client: Uint8Array): string | undefined => {
  if (client.includes(colon)) {
    // One that is grouped already, as 2001:db8::/64, is an address up to its slash.
    const end = client.indexOf(slash)
    const text = String.fromCharCode(...client)
    if (end >= 0 && Number(text.slice(end + 1)) <= networkBits) return text
    return grouping.spell(client, 0, end < 0 ? client.length : end)
      ? String.fromCharCode(...grouping.bytes.subarray(0, grouping.length))
      : undefined
  }
  const parts = /^(\d+\.\d+\.\d+)\.\d+$/.exec(String.fromCharCode(...client.subarray(0, 16)))
  return parts === null ? undefined : `${parts[1]}.0/24`
}

/** The site of a referrer: its host, without `www.`. */
export const siteOf = (referrer: string): string | undefined => {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[0-9a-f:.]+\]|[^/:?#]+)/i.exec(referrer)?.[1]
  return host?.toLowerCase().replace(/^www\./, "")
}
