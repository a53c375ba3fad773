import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { defineConfig, type Plugin } from "vite"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const outDir = here("../../../dist/web/")

/** Compresses once, as well as it goes, so that the server never has to. */
const precompress = (): Plugin => ({
  name: "precompress",
  apply: "build",
  closeBundle() {
    for (const name of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
      if (!/\.(js|css|svg)$/.test(name)) continue
      const bytes = readFileSync(`${outDir}${name}`)
      const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
      writeFileSync(`${outDir}${name}.br`, brotliCompressSync(bytes, { params }))
      writeFileSync(`${outDir}${name}.gz`, gzipSync(bytes, { level: 9 }))
    }
  }
})

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [precompress()],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2023",
    // Everything is a file of its own: the Content-Security-Policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false
  },
  logLevel: "warn"
})
