import { homedir } from "node:os"
import { failed } from "../failure.ts"

/**
 * This user's home folder. A container's arbitrary user number has none unless HOME is set: then this throws a `UserFailure` that names
 * `variable`, which says where to look instead.
 */
export const homeFolder = (variable: string): string => {
  try {
    return homedir()
  } catch {
    throw failed(
      `This user (${process.getuid?.()}) has no home folder. Set HOME or ${variable} to a folder of its own.`
    )
  }
}
