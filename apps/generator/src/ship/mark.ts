import { createHash } from "node:crypto"

/*
 * How a file is known again, whatever it is called, wherever it was copied and however it is packed: by its first bytes and by those
 * before the place up to which it was read. Inodes are used again and change with a copy; access log lines carry their times, so that
 * these bytes do not.
 */

const headBytes = 1_024
const tailBytes = 256

/** A place in a file. */
export interface Mark {
  readonly offset: number
  /** The file's first bytes: `headBytes`, or up to `offset` where that is less. */
  readonly head: Uint8Array
  /** The bytes before `offset`: `tailBytes`, or all where they are fewer. */
  readonly tail: Uint8Array
}

const none = new Uint8Array(0)
export const beginning: Mark = { offset: 0, head: none, tail: none }

const lastOf = (bytes: Uint8Array, count: number) => bytes.subarray(Math.max(0, bytes.length - count))

/** The place behind these bytes, which stand at `mark`. They are copied where they are kept. */
export const advanced = (mark: Mark, bytes: Uint8Array): Mark => ({
  offset: mark.offset + bytes.length,
  head:
    mark.head.length === headBytes
      ? mark.head
      : Buffer.concat([mark.head, bytes.subarray(0, headBytes - mark.head.length)]),
  tail:
    bytes.length >= tailBytes
      ? Uint8Array.from(lastOf(bytes, tailBytes))
      : lastOf(Buffer.concat([mark.tail, bytes]), tailBytes)
})

/** What tells a file that begins like this from others, without all of it: 36 bits. */
export const headCheckOf = (head: Uint8Array): string =>
  createHash("sha256").update("head").update(head).digest("base64url").slice(0, 6)

const checks = new WeakMap<Mark, string>()

/** What tells this place of this file from all others: 48 bits. */
export const checkOf = (mark: Mark): string => {
  const known = checks.get(mark)
  if (known !== undefined) return known
  const { offset, head, tail } = mark
  const check = createHash("sha256").update(head).update(tail).update(`${offset}`).digest("base64url").slice(0, 8)
  checks.set(mark, check)
  return check
}

/** The place `offset` of a file that can be read anywhere; undefined where it is shorter. */
export const markAt = async (
  offset: number,
  read: (at: number, length: number) => Promise<Uint8Array>
): Promise<Mark | undefined> => {
  const head = await read(0, Math.min(headBytes, offset))
  const length = Math.min(tailBytes, offset)
  const tail = await read(offset - length, length)
  return head.length === Math.min(headBytes, offset) && tail.length === length ? { offset, head, tail } : undefined
}

/** Whether two files begin alike, as far as both are known. */
export const beginsLike = (one: Uint8Array, other: Uint8Array): boolean => {
  const length = Math.min(one.length, other.length)
  return length > 0 && Buffer.compare(one.subarray(0, length), other.subarray(0, length)) === 0
}

/** How many bytes of a file's beginning tell it from others, where it has so many. */
export const telling = headBytes
