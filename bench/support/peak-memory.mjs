// Loaded into every measured process: says at its end how much memory it had at most.
process.on("exit", () => {
  process.stderr.write(`\npeak-memory-mib ${(process.resourceUsage().maxRSS / 1024).toFixed(1)}\n`)
})
