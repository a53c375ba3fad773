import { type FSWatcher, watch } from "node:fs"
import { statfs } from "node:fs/promises"
import { dirname } from "node:path"
import { Effect } from "effect"

/** Something to wait for: it may come before anybody waits, and then is not lost. */
export class Wake {
  #isSet = false
  #waiting: (() => void) | undefined

  set(): void {
    this.#isSet = true
    this.#waiting?.()
  }

  /** Waits until it is set, or for `limitMs`; one waits at a time. */
  wait(limitMs: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const done = () => {
        clearTimeout(timer)
        this.#waiting = undefined
        this.#isSet = false
        resume(Effect.void)
      }
      const timer = setTimeout(done, limitMs)
      if (this.#isSet) return done()
      this.#waiting = done
      return Effect.sync(() => {
        clearTimeout(timer)
        this.#waiting = undefined
      })
    })
  }
}

/** File systems that do not tell of what other machines write: NFS, SMB, CIFS, 9p, FUSE (sshfs, s3fs), Ceph, Lustre, GFS2, OCFS2, AFS. */
const remote = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x00c36400, 0x0bd00bd0, 0x01161970, 0x7461636f,
  0x5346414f
])

/** Whether changes in a folder have to be looked for: the kernel does not tell of them, or cannot. */
const mustPoll = async (folder: string): Promise<boolean> => {
  try {
    return remote.has((await statfs(folder)).type)
  } catch {
    return true
  }
}

/** Watches the folders of logs, as far as the kernel tells of changes in them. */
export class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher | undefined>()
  readonly #onChange: (folder: string, name: string | undefined, isRename: boolean) => void
  readonly #polls: boolean

  /** @param polls watch nothing: everything is polled */
  constructor(polls: boolean, onChange: (folder: string, name: string | undefined, isRename: boolean) => void) {
    this.#polls = polls
    this.#onChange = onChange
  }

  /** Whether all folders are watched, so that looking now and then is enough. */
  get isWatching(): boolean {
    return this.#watchers.size > 0 && ![...this.#watchers.values()].includes(undefined)
  }

  /** Watches the folders of these files, and no others. */
  async follow(paths: ReadonlyArray<string>): Promise<void> {
    const folders = new Set(paths.map((path) => dirname(path)))
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder) && watcher !== undefined) continue
      watcher?.close()
      this.#watchers.delete(folder)
    }
    for (const folder of folders) {
      if (!this.#watchers.has(folder)) this.#watchers.set(folder, await this.#watch(folder))
    }
  }

  async #watch(folder: string): Promise<FSWatcher | undefined> {
    if (this.#polls || (await mustPoll(folder))) return undefined
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) =>
        this.#onChange(folder, name ?? undefined, event === "rename")
      )
      watcher.on("error", () => {
        watcher.close()
        this.#watchers.delete(folder)
      })
      return watcher
    } catch {
      // No watches left (fs.inotify.max_user_watches), or the folder is gone: it is polled until it can be watched.
      return undefined
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher?.close()
  }
}
