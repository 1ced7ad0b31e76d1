// Starts the real server on demo data in a folder of its own, and the real browser.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { freePort } from '../support/testing.mjs'

const programs = process.env.TALLYBOOK_BIN ?? new URL('../../build/dev/bin', import.meta.url).pathname
const serverProgram = join(programs, 'tallybook-server')

export const password = 'tallybook-demo'

export async function startServer () {
  const folder = mkdtempSync(join(tmpdir(), 'tally-browser-'))
  const port = await freePort()
  const listen = `127.0.0.1:${port}`
  const data = join(folder, 'server')
  const demo = spawnSync(serverProgram, ['demo', '--data', data, '--listen', listen], { encoding: 'utf8' })
  if (demo.status !== 0) throw new Error(`making the demo failed:\n${demo.stdout}\n${demo.stderr}`)

  const logFile = join(folder, 'server.log')
  const log = openSync(logFile, 'w')
  const child = spawn(serverProgram, ['serve', '--data', data, '--listen', listen], { stdio: ['ignore', log, log] })
  const url = `http://${listen}`
  for (let attempt = 0; ; ++attempt) {
    try {
      if ((await fetch(`${url}/healthz`)).ok) break
    } catch { /* not listening yet */ }
    if (attempt === 300 || child.exitCode !== null) {
      throw new Error(`the server did not start:\n${readFileSync(logFile, 'utf8')}`)
    }
    await wait(100)
  }
  return {
    url,
    log: () => readFileSync(logFile, 'utf8'),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const status = await ended
      rmSync(folder, { recursive: true, force: true })
      return status
    }
  }
}

export function startBrowser () {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Without these flags Chromium looks for its maker's servers, and refuses to run as root.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync']
  })
}
