import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type Architecture,
  debianName,
  emptyFolder,
  type Made,
  made,
  manifest,
  out,
  putProgram,
  root,
  run
} from "./parts.ts"

/** The package for Debian and Ubuntu: its own Node and nats-server, the units, and what installing starts. */
export const makeDeb = (architecture: Architecture, isQuick = false): Made => {
  const tree = emptyFolder(`deb-${architecture}`)
  const program = join(tree, "usr", "lib", "chaussettes")
  putProgram(program, architecture)
  mkdirSync(join(tree, "usr", "bin"), { recursive: true })
  run("ln", ["-s", "../lib/chaussettes/chaussettes", join(tree, "usr", "bin", "chaussettes")])
  cpSync(join(root, "deploy", "systemd"), join(tree, "lib", "systemd", "system"), { recursive: true })
  const documents = join(tree, "usr", "share", "doc", "chaussettes")
  mkdirSync(documents, { recursive: true })
  copyFileSync(join(root, "NOTICE"), join(documents, "copyright"))

  const kib = run("du", ["-sk", tree]).split("\t")[0]
  mkdirSync(join(tree, "DEBIAN"))
  writeFileSync(
    join(tree, "DEBIAN", "control"),
    `Package: ${manifest.name}
Version: ${manifest.version}
Architecture: ${debianName[architecture]}
Maintainer: the authors of Chaussettes <chaussettes@localhost>
Installed-Size: ${kib}
Depends: libc6 (>= 2.28), libstdc++6, libatomic1
Recommends: systemd (>= 247)
Section: net
Priority: optional
Description: alerts when the errors in HTTP access logs rise above a threshold
 ${manifest.description}
 It brings its own Node and nats-server, and runs as services of systemd.
`
  )
  for (const script of ["postinst", "prerm", "postrm"]) {
    cpSync(join(root, "deploy", "debian", script), join(tree, "DEBIAN", script))
    run("chmod", ["755", join(tree, "DEBIAN", script)])
  }
  run("chmod", ["-R", "go-w,a+rX", tree])
  const path = join(out, `${manifest.name}_${manifest.version}_${debianName[architecture]}.deb`)
  run("dpkg-deb", ["--root-owner-group", "-Zxz", isQuick ? "-z0" : "-z6", "--build", tree, path])
  return made(path)
}
