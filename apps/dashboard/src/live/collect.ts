import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

let found: (() => void) | undefined

/**
 * Collects garbage now. The engine lets a heap that it may double grow by what was read and forgotten, to several times what is held; who reads
 * millions of records once, to keep twenty bytes of each, tells it after some thousands.
 */
export const collectGarbage = (): void => {
  if (found === undefined) {
    setFlagsFromString("--expose-gc")
    found = runInNewContext("gc") as () => void
  }
  found()
}
