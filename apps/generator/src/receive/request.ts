import type { IncomingMessage } from "node:http"
import { promisify } from "node:util"
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib"
import { receiveLimits } from "./limits.ts"

/** A request that is not taken: what it is answered. */
export class Refusal extends Error {
  readonly status: number
  readonly retryAfterS: number | undefined

  constructor(status: number, message: string, retryAfterS?: number) {
    super(message)
    this.status = status
    this.retryAfterS = retryAfterS
  }
}

const unpackers: {
  readonly [encoding: string]: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>
} = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress)
}

const tooLarge = (bytes: number): Refusal =>
  new Refusal(413, `a body may hold at most ${bytes} bytes: send fewer lines at a time`)

/** The body of a request, unpacked. Throws a `Refusal`. */
export const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const encoding = (request.headers["content-encoding"] ?? "identity").toLowerCase()
  const unpack = unpackers[encoding]
  if (encoding !== "identity" && unpack === undefined) {
    throw new Refusal(
      415,
      `content-encoding ${encoding} is not supported: use ${Object.keys(unpackers).join(", ")} or none`
    )
  }
  if (Number(request.headers["content-length"] ?? 0) > receiveLimits.bodyBytes) throw tooLarge(receiveLimits.bodyBytes)
  const chunks: Array<Buffer> = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > receiveLimits.bodyBytes) throw tooLarge(receiveLimits.bodyBytes)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (unpack === undefined) return body
  try {
    return await unpack(body, { maxOutputLength: receiveLimits.unpackedBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(receiveLimits.unpackedBytes)
    throw new Refusal(400, `the body is not ${encoding}`)
  }
}
