import { readFileSync } from "node:fs"

const dockerfile = new URL("../../../deploy/Dockerfile", import.meta.url)

/**
 * The flags of Node in a container with so much memory: those of deploy/Dockerfile, and the heap that Node gives itself there, a half. Where there
 * is more memory it collects so late that what is measured is the machine's.
 */
export const heapInContainer = (mib: number): ReadonlyArray<string> => {
  const entry = /^ENTRYPOINT (.*)$/m.exec(readFileSync(dockerfile, "utf8"))![1]!
  const flags = (JSON.parse(entry) as ReadonlyArray<string>).filter((word) => word.startsWith("--"))
  return [...flags, `--max-old-space-size=${mib / 2}`]
}
