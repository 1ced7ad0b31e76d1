// What tests of the real programs under node share: counting, and a port that nobody listens on.
import { createServer } from 'node:net'

let passed = 0
let failed = 0

export async function test (name, body) {
  try {
    await body()
    ++passed
    console.log(`ok    ${name}`)
  } catch (error) {
    ++failed
    console.log(`FAIL  ${name}\n${error.stack}`)
  }
}

/** Prints "N passed, N failed" and ends the program. */
export function finish () {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}

export function freePort () {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
