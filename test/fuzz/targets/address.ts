import { spelledAddress } from "@chaussettes/service"
import { namesAddress } from "../../../apps/cli/src/erase/names.ts"

/** An address is found again however it stands in a line, and a line never takes long to look through. */
export const fuzz = (data: Buffer): void => {
  const text = data.toString("latin1")
  namesAddress(text, "203.0.113.7")
  const address = spelledAddress(text)
  if (address === undefined) return
  if (spelledAddress(address) !== address) throw new Error(`${address} is spelled differently again`)
  if (!namesAddress(`${text.replace(/%.*$/s, "")} - - [x]`, address))
    throw new Error(`${address} is not found in its own spelling`)
}
