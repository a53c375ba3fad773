import { ADDRESS, type Narrowed, narrow, UNKNOWN } from "../line/address.ts"
import { AnyTime } from "../line/any-time.ts"
import type { FieldName } from "./fields.ts"

/** What values may be, whatever their key says. */

/** Bytes of a text that has one character each. */
export const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

const time = new AnyTime()
const place: Narrowed = { from: 0, to: 0 }

export const isTime = (text: string): boolean => {
  const bytes = bytesOf(text.replace(/^\[(.*)\]$/, "$1"))
  return time.read(bytes, 0, bytes.length)
}

/** Whether a time begins at one of the words of a text. */
export const holdsTime = (text: string): boolean => {
  const bytes = bytesOf(text)
  return [...text.matchAll(/(?<![\w.:/-])\w/g)].some(({ index }) => time.readAt(bytes, index, bytes.length) >= 0)
}

export const isClient = (text: string): boolean => {
  const bytes = bytesOf(text)
  const kind = narrow(bytes, 0, bytes.length, place)
  return kind === ADDRESS || kind === UNKNOWN || text === ""
}
const isAddressList = (text: string): boolean =>
  text === "" || text === "-" || text.split(",").some((a) => isClient(a.trim())) || /for=/i.test(text)
const isStatus = (text: string): boolean => /^(?:[1-9]\d\d(?:\.\d+)?|000|0|-|-1|)$/.test(text)
const isMethod = (text: string): boolean => /^[A-Za-z][A-Za-z_-]{1,24}$|^-?$/.test(text)
const isUrl = (text: string): boolean => /^(?:\/|\*$|-?$|[a-zA-Z][a-zA-Z0-9+.-]*:\/\/)/.test(text)
/** Akamai's key for a path, which may lack its first slash. */
export const bareUrlKey = "reqpath"
export const isBarePath = (text: string): boolean => /^[^\s"]*$/.test(text)
const isRequest = (text: string): boolean => /^[A-Za-z_-]+ \S+(?: HTTP\/\d(?:\.\d)?)?$|^-?$/.test(text)
const isSize = (text: string): boolean => /^(?:-?|\d{1,19})$/.test(text)

const isDuration = (text: string): boolean => /^(?:-?|[+-]?\d+(?:\.\d+)?(?:e-?\d+)?\s?(?:[mun]?s)?)$/i.test(text)

export const isOf: { readonly [name in FieldName]?: (text: string) => boolean } = {
  client: isClient,
  forwarded: isAddressList,
  real_client: isClient,
  time: isTime,
  request: isRequest,
  method: isMethod,
  url: isUrl,
  status: isStatus,
  size: isSize,
  duration: isDuration
}

/** What values say themselves of what they count: nginx writes seconds with three digits behind the point. */
export const unitSigns = {
  nginx: (text: string) => /^\d+\.\d{3}$/.test(text),
  s: (text: string) => /^\d+(?:\.\d+)?s$/.test(text),
  ms: (text: string) => /^\d+(?:\.\d+)?ms$/.test(text),
  us: (text: string) => /^\d+(?:\.\d+)?us$/.test(text),
  ns: (text: string) => /^\d+(?:\.\d+)?ns$/.test(text)
} as const

export const most = (values: ReadonlyArray<string>, test: (text: string) => boolean): boolean =>
  values.filter(test).length * 2 > values.length
