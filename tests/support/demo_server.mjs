// The real server on demo data in a folder of its own.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './testing.mjs'

export const programs = process.env.TALLYBOOK_BIN ?? new URL('../../build/dev/bin', import.meta.url).pathname

export async function startDemoServer () {
  const folder = mkdtempSync(join(tmpdir(), 'tally-demo-'))
  const listen = `127.0.0.1:${await freePort()}`
  const data = join(folder, 'server')
  const program = join(programs, 'tallybook-server')
  const demo = spawnSync(program, ['demo', '--data', data, '--listen', listen], { encoding: 'utf8' })
  if (demo.status !== 0) throw new Error(`making the demo failed:\n${demo.stdout}\n${demo.stderr}`)

  const logFile = join(folder, 'server.log')
  const log = openSync(logFile, 'w')
  const child = spawn(program, ['serve', '--data', data, '--listen', listen], { stdio: ['ignore', log, log] })
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
    folder,
    data,
    log: () => readFileSync(logFile, 'utf8'),
    /** Gives its exit status. The folder is gone after that. */
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const status = await ended
      rmSync(folder, { recursive: true, force: true })
      return status
    }
  }
}
