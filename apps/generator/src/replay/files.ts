import { stat } from "node:fs/promises"
import { logsStream } from "@chaussettes/jetstream/topology"
import {
  checkText,
  Damaged,
  failed,
  headOf,
  isPackedFile,
  reasonOf,
  UserFailure,
  wrongUsage
} from "@chaussettes/service"
import { Effect } from "effect"
import type { Candidate } from "./resume.ts"
import { fileNameOf, headBytes, headHash } from "./resume.ts"

/** A file of the command line, looked at before anything is sent. */
export interface ReplayFile extends Candidate {
  /** A pipe (`<(zcat …)`) or a device is no regular file: it can be read once, and not gone on with. */
  readonly isRegular: boolean
  /** Size as it lies on the disk. */
  readonly packedBytes: number
  readonly head: Uint8Array
}

/** Why a file cannot be used, as the sentence for the user. */
export const fileFailure = (name: string, error: unknown): UserFailure => {
  if (error instanceof UserFailure) return error
  if (error instanceof Damaged) {
    return error.isTruncated
      ? failed(
          `${name} ends in the middle of its gzip data: it is still being written, or was copied in part. What could be unpacked was sent; once the file is complete, run this again with --resume.`,
          error
        )
      : failed(`${name} cannot be unpacked: its gzip data is damaged. What precedes the damage was sent.`, error)
  }
  return failed(
    `Cannot read ${name}: ${reasonOf(error)}. ${remedies[(error as { code?: string }).code ?? ""] ?? ""}`.trim(),
    error
  )
}

const remedies: { readonly [code: string]: string } = {
  ENOENT: "Check its name.",
  EISDIR: "Name the files in it, oldest first.",
  EACCES: "Run this as a user that may read it."
}

/** Looks at each file: it is there, can be read, and begins like this. A wrong name is told before the first line is sent. */
export const lookAt = (paths: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<ReplayFile>, UserFailure> =>
  Effect.forEach(paths, (path) =>
    Effect.tryPromise({ try: () => look(path), catch: (error) => fileFailure(path, error) })
  )

const look = async (path: string): Promise<ReplayFile> => {
  const stats = await stat(path)
  if (stats.isDirectory()) throw Object.assign(new Error("it is a directory"), { code: "EISDIR" })
  const isRegular = stats.isFile()
  const head = isRegular ? await headOf(path, headBytes) : new Uint8Array(0)
  checkText(path, head)
  return {
    fileName: fileNameOf(path),
    path,
    bytes: isRegular && !(await isPackedFile(path)) ? stats.size : undefined,
    hashOfFirst: (bytes) => (bytes <= head.length ? headHash(head.subarray(0, bytes)) : undefined),
    isRegular,
    packedBytes: isRegular ? stats.size : 0,
    head
  }
}

/** What can be known to be wrong of the arguments alone. */
export const usageFailure = (paths: ReadonlyArray<string>, resume: boolean): UserFailure | undefined => {
  if (!paths.includes("-")) return undefined
  if (paths.length > 1) return wrongUsage("Standard input (-) cannot be mixed with files: replay it on its own.")
  return resume
    ? wrongUsage(`--resume needs a file: standard input cannot be read again from where ${logsStream} ends.`)
    : undefined
}
