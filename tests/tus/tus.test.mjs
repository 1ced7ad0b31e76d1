// Photos sent by tus-js-client, which nobody here wrote, to the real server: interrupted, killed and started again,
// damaged, expired, ended, and sent twice. What that client cannot be made to do wrong is sent by hand.
// Prints "N passed, N failed".
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto'
import { existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'
import * as tus from 'tus-js-client'
import { finish, freePort, test } from '../support/testing.mjs'

const programs = process.env.TALLYBOOK_BIN ?? new URL('../../build/dev/bin', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'tally-tus-'))
const data = join(folder, 'server')
const path = '/api/v1/attachments'

// The programs ----------------------------------------------------------------------------------------------------

function must (program, words, input = '') {
  const result = spawnSync(join(programs, program), words, { encoding: 'utf8', input })
  assert.equal(result.status, 0, `${program} ${words.join(' ')}:\n${result.stdout}\n${result.stderr}`)
  return result.stdout
}

const port = await freePort()
const url = `http://127.0.0.1:${port}`
let child
process.on('exit', () => child?.kill('SIGKILL'))

/** `clock` is the moment at which the server's clock starts. */
async function startServer (clock) {
  const logFile = join(folder, 'server.log')
  const log = openSync(logFile, 'a')
  const environment = clock ? { ...process.env, TALLYBOOK_CLOCK: new Date(clock).toISOString() } : process.env
  child = spawn(join(programs, 'tallybook-server'), ['serve', '--data', data, '--listen', `127.0.0.1:${port}`],
    { stdio: ['ignore', log, log], env: environment })
  for (let attempt = 0; ; ++attempt) {
    try {
      if ((await fetch(`${url}/healthz`)).ok) return
    } catch { /* not listening yet */ }
    assert.ok(attempt < 300 && child.exitCode === null, `the server did not start:\n${readFileSync(logFile, 'utf8')}`)
    await wait(50)
  }
}

async function stopServer (signal) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

// A device and its photos -----------------------------------------------------------------------------------------

/** Noise, which no encoder makes small. */
function writePng (file, side) {
  const chunk = (type, content) => {
    const body = Buffer.concat([Buffer.from(type), content])
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crcOf(body))
    const size = Buffer.alloc(4)
    size.writeUInt32BE(content.length)
    return Buffer.concat([size, body, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.from([0]), randomBytes(3 * side)])))
  writeFileSync(file, Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]))
}

function crcOf (bytes) {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return (sum ^ 0xffffffff) >>> 0
}

/** Enrols, captures a story with photos and sends the entry alone; gives the signing key and the sealed photos. */
function deviceWithPhotos (name, count) {
  const store = join(folder, name)
  const code = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(must('tallybook-server', ['device', 'code', name, '--data', data]))[0]
  must('tallybook', ['enrol', `${code}@${url}`, '--data', store])
  must('tallybook', ['sync', '--data', store])
  const story = {
    kind: 'story',
    language: 'en',
    about: { contract: 'LCC-1' },
    body: { title: 'The river bank', what: 'Sixty people cleared a mile.', changed: 'The path is open.' }
  }
  const words = ['capture', '-', '--data', store]
  for (let i = 0; i < count; ++i) {
    const file = join(folder, `${name}-${i}.png`)
    writePng(file, 500)
    words.push('--attach', file)
  }
  must('tallybook', words, JSON.stringify(story))

  const bundleFile = join(folder, `${name}.bundle`)
  must('tallybook', ['bundle', 'export', bundleFile, '--data', store])
  const bundle = readFileSync(bundleFile)
  const parts = []
  for (let at = 10; at < bundle.length;) {
    const size = bundle.readUInt32BE(at + 1)
    parts.push({ type: String.fromCharCode(bundle[at]), bytes: bundle.subarray(at + 5, at + 5 + size), whole: bundle.subarray(at, at + 5 + size) })
    at += 5 + size
  }
  const batches = parts.filter(({ type }) => type === 'B')
  const photos = parts.filter(({ type }) => type === 'A').map(({ bytes }) => ({
    digest: bytes.subarray(0, 32).toString('hex'), bytes: Buffer.from(bytes.subarray(32))
  }))
  assert.equal(photos.length, count)

  const row = spawnSync('sqlite3', [join(store, 'tallybook.db'),
    'SELECT device_id || \' \' || hex(signing_secret_key) FROM identities'], { encoding: 'utf8' })
  const [device, hex] = row.stdout.trim().split(' ')
  const secret = Buffer.from(hex, 'hex') // libsodium: seed, then public key
  const key = createPrivateKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      d: secret.subarray(0, 32).toString('base64url'),
      x: secret.subarray(32).toString('base64url')
    },
    format: 'jwk'
  })
  return { device, key, batches: batches.map(({ bytes }) => Buffer.from(bytes)), photos }
}

/** PROTOCOL.md, section 6. */
function authorization ({ device, key }, method, target, bodyDigest, now = Date.now()) {
  const nonce = randomBytes(16).toString('hex')
  const text = ['tallybook-request-v1', method, target, bodyDigest, device, now, nonce].join('\n')
  return `Tallybook ${device}.${now}.${nonce}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}

const sha = (algorithm, bytes) => createHash(algorithm).update(bytes).digest()
const isStreamed = (method, target, body) => target === path ? body != null : method === 'PATCH' || method === 'POST'

/** One request by hand. */
async function ask (from, method, target, headers = {}, body = undefined, now = Date.now()) {
  const digest = isStreamed(method, target, body) && target !== '/api/v1/batches' ? 'unsigned' : sha('sha256', body ?? '').toString('hex')
  const meant = headers['X-HTTP-Method-Override'] ?? method // is what is signed
  const answer = await fetch(url + target, {
    method,
    body,
    headers: { 'Tus-Resumable': '1.0.0', Authorization: authorization(from, meant, target, digest, now), ...headers },
    duplex: 'half' // what fetch wants to hear of a body in chunks
  })
  const text = await answer.text()
  let problem = {}
  if (text.startsWith('{')) problem = JSON.parse(text)
  return { status: answer.status, code: problem.code, detail: problem.detail, header: (name) => answer.headers.get(name) }
}

const begin = (from, { digest, bytes }, now) => ask(from, 'POST', path, {
  'Upload-Length': String(bytes.length), 'Upload-Metadata': `digest ${Buffer.from(digest).toString('base64')}`
}, undefined, now)
/** Creation with the first bytes. */
const beginWith = (from, { digest, bytes }, first, headers = {}) => ask(from, 'POST', path, {
  'Upload-Length': String(bytes.length),
  'Upload-Metadata': `digest ${Buffer.from(digest).toString('base64')}`,
  'Content-Type': 'application/offset+octet-stream',
  ...headers
}, first)
const at = ({ digest }) => `${path}/${digest}`
const part = (from, photo, offset, bytes, headers = {}, now = undefined) => ask(from, 'PATCH', at(photo), {
  'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset), ...headers
}, bytes, now)
const offsetOf = async (from, photo) => Number((await ask(from, 'HEAD', at(photo))).header('Upload-Offset'))

/** An upload by tus-js-client; resolves at its end. `watch` may stop or disturb it after each part. */
function upload (from, photo, { watch = () => {}, ...options } = {}) {
  const asked = []
  return new Promise((resolve, reject) => {
    const one = new tus.Upload(photo.bytes, {
      endpoint: url + path,
      uploadSize: photo.bytes.length,
      metadata: { digest: photo.digest },
      retryDelays: [20, 50, 100, 200, 400, 800, 1600],
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => {
        const target = new URL(request.getURL()).pathname
        const method = request.getMethod()
        asked.push(method)
        const bringsBytes = isStreamed(method, target, options.uploadDataDuringCreation ? true : undefined)
        const digest = bringsBytes ? 'unsigned' : sha('sha256', '').toString('hex')
        const meant = request.getHeader('X-HTTP-Method-Override') ?? method
        request.setHeader('Authorization', authorization(from, meant, target, digest))
      },
      onChunkComplete: (size, sent) => watch(one, sent, resolve),
      onError: reject,
      onSuccess: () => resolve({ asked, url: one.url }),
      ...options
    })
    one.start()
  })
}

const stored = (photo) => {
  const file = join(data, 'photos', photo.digest.slice(0, 2), photo.digest)
  return existsSync(file) ? readFileSync(file) : undefined
}
const incoming = (photo) => {
  const file = join(data, 'photos', 'incoming', photo.digest)
  return existsSync(file) ? statSync(file).size : 0
}
const checkStored = (photo) => {
  assert.deepEqual(stored(photo), photo.bytes)
  assert.equal(incoming(photo), 0)
}

const contracts = join(folder, 'contracts.json')
writeFileSync(contracts, JSON.stringify({
  schema: 'tallybook-contracts/1',
  contracts: [{
    ref: 'LCC-1',
    title: 'Highway repairs',
    supplier: 'Ribble Roads Ltd',
    buyer: 'The council',
    framework: 'lancashire-toms-2024',
    framework_version: '2024-28',
    starts: '2024-01-01',
    ends: '2028-12-31'
  }]
}))
must('tallybook-server', ['contract', 'import', contracts, '--data', data])
await startServer()
const tablet = deviceWithPhotos('Tablet 1', 20)
const stranger = deviceWithPhotos('Tablet 2', 1)
const photos = [...tablet.photos]
const next = () => photos.pop()
const piece = 64 * 1024

await test('a photo whose entry has not come is not taken', async () => {
  const answer = await begin(tablet, tablet.photos[0])
  assert.deepEqual([answer.status, answer.code], [404, 'attachment_unknown'])
  for (const from of [tablet, stranger]) {
    for (const batch of from.batches) assert.equal((await ask(from, 'POST', '/api/v1/batches', {}, batch)).status, 200)
  }
})

await test('tus-js-client sends a photo in one part', async () => {
  const photo = next()
  const { asked } = await upload(tablet, photo)
  assert.deepEqual(asked, ['POST', 'PATCH'])
  checkStored(photo)
})

await test('tus-js-client sends a photo in parts, and by POST where PATCH is not let through', async () => {
  const photo = next()
  const { asked } = await upload(tablet, photo, { chunkSize: piece, overridePatchMethod: true })
  assert.ok(asked.length > 3)
  assert.ok(asked.every((method) => method === 'POST'))
  checkStored(photo)
})

await test('an upload that was stopped goes on at its byte', async () => {
  const photo = next()
  await upload(tablet, photo, {
    chunkSize: piece,
    watch: (one, sent, done) => { if (sent >= 2 * piece) one.abort().then(done) }
  })
  const before = await offsetOf(tablet, photo)
  assert.ok(before >= 2 * piece && before < photo.bytes.length)
  const { asked } = await upload(tablet, photo, { uploadUrl: url + at(photo) })
  assert.deepEqual(asked, ['HEAD', 'PATCH'])
  checkStored(photo)
})

await test('an upload goes on by itself after the server was killed and started again between two parts', async () => {
  const photo = next()
  let killed = 0
  const { asked } = await upload(tablet, photo, {
    chunkSize: piece,
    watch: (_, sent) => {
      if (killed++ === 1) stopServer('SIGKILL').then(() => startServer())
    }
  })
  assert.ok(killed > 1 && asked.includes('HEAD'), asked.join(' '))
  checkStored(photo)
})

await test('what came of a part is kept when the server is killed in its middle', async () => {
  const photo = next()
  const half = 100_000
  await begin(tablet, photo)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`PATCH ${at(photo)} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n` +
    `Content-Type: application/offset+octet-stream\r\nContent-Length: ${photo.bytes.length}\r\n` +
    `Authorization: ${authorization(tablet, 'PATCH', at(photo), 'unsigned')}\r\n\r\n`)
  socket.write(photo.bytes.subarray(0, half))
  for (let attempt = 0; incoming(photo) < half && attempt < 500; ++attempt) await wait(10)
  assert.equal(incoming(photo), half)
  await stopServer('SIGKILL')
  socket.destroy()
  await startServer()
  assert.equal(await offsetOf(tablet, photo), half)
  const { asked } = await upload(tablet, photo, { uploadUrl: url + at(photo) })
  assert.deepEqual(asked, ['HEAD', 'PATCH'])
  checkStored(photo)
})

await test('a connection that breaks in the middle of a part loses nothing of it; two at once are told so', async () => {
  const photo = next()
  await begin(tablet, photo)
  const socket = connect(port, '127.0.0.1')
  socket.write(`PATCH ${at(photo)} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n` +
    `Content-Type: application/offset+octet-stream\r\nContent-Length: ${photo.bytes.length}\r\n` +
    `Authorization: ${authorization(tablet, 'PATCH', at(photo), 'unsigned')}\r\n\r\n`)
  socket.write(photo.bytes.subarray(0, 5000))
  for (let attempt = 0; incoming(photo) < 5000 && attempt < 500; ++attempt) await wait(10)
  const busy = await part(tablet, photo, 5000, photo.bytes.subarray(5000))
  assert.deepEqual([busy.status, busy.code], [423, 'upload_busy'])
  assert.equal((await ask(tablet, 'DELETE', at(photo))).status, 423)
  socket.destroy()
  const { asked } = await upload(tablet, photo, { uploadUrl: url + at(photo) })
  assert.equal(asked[0], 'HEAD')
  checkStored(photo)
})

await test('tus-js-client sends a photo with its creation, whole and in parts', async () => {
  const whole = next()
  assert.deepEqual((await upload(tablet, whole, { uploadDataDuringCreation: true })).asked, ['POST'])
  checkStored(whole)
  // What is here already is answered with its end, and stays as it is.
  assert.deepEqual((await upload(tablet, whole, { uploadDataDuringCreation: true })).asked, ['POST'])
  checkStored(whole)
  const inParts = next()
  const { asked } = await upload(tablet, inParts, { uploadDataDuringCreation: true, chunkSize: piece })
  assert.ok(asked.length > 2 && asked[0] === 'POST' && asked.slice(1).every((method) => method === 'PATCH'), asked.join(' '))
  checkStored(inParts)
})

await test('a creation that is cut off in its body keeps what came, and goes on when it is sent again', async () => {
  const photo = next()
  const third = 60_000
  for (const end of ['kill', 'break']) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\n` +
      `Upload-Length: ${photo.bytes.length}\r\nUpload-Metadata: digest ${Buffer.from(photo.digest).toString('base64')}\r\n` +
      `Content-Type: application/offset+octet-stream\r\nContent-Length: ${photo.bytes.length}\r\n` +
      `Authorization: ${authorization(tablet, 'POST', path, 'unsigned')}\r\n\r\n`)
    const until = end === 'kill' ? third : 2 * third
    socket.write(photo.bytes.subarray(0, until))
    for (let attempt = 0; incoming(photo) < until && attempt < 500; ++attempt) await wait(10)
    assert.equal(incoming(photo), until)
    if (end === 'kill') await stopServer('SIGKILL')
    socket.destroy()
    if (end === 'kill') await startServer()
    for (let attempt = 0; (await ask(tablet, 'HEAD', at(photo))).status === 423 && attempt < 500; ++attempt) await wait(10)
    assert.equal(await offsetOf(tablet, photo), until)
  }
  // Its first bytes again, fewer than are here: nothing is lost, and it is told where to go on.
  const less = await beginWith(tablet, photo, photo.bytes.subarray(0, 1000))
  assert.deepEqual([less.status, less.header('Upload-Offset')], [201, String(2 * third)])
  const { asked } = await upload(tablet, photo, { uploadDataDuringCreation: true })
  assert.deepEqual(asked, ['POST'])
  checkStored(photo)
})

await test('tus-js-client begins again by itself when the server is killed in the middle of a creation', async () => {
  const photo = next()
  const asking = []
  let killed = false
  await upload(tablet, photo, {
    uploadDataDuringCreation: true,
    onBeforeRequest: async (request) => {
      const method = request.getMethod()
      const target = new URL(request.getURL()).pathname
      request.setHeader('Authorization', authorization(tablet, method, target, method === 'HEAD' ? sha('sha256', '').toString('hex') : 'unsigned'))
      asking.push(method)
      if (killed) return
      killed = true
      // The other end of this connection is gone while it sends.
      await stopServer('SIGKILL')
      setTimeout(() => startServer(), 50)
    }
  })
  assert.ok(asking.filter((method) => method === 'POST').length > 1, asking.join(' '))
  checkStored(photo)
})

await test('a creation whose bytes are too many, of another type or damaged leaves nothing that could be taken for the photo', async () => {
  const photo = next()
  const some = photo.bytes.subarray(0, 1000)
  const other = sha('sha1', 'other').toString('base64')
  for (const [bytes, headers, status, code] of [
    [Buffer.concat([photo.bytes, Buffer.from('x')]), {}, 413, 'too_many_bytes'],
    [some, { 'Content-Type': 'image/png' }, 415, 'unsupported_media_type'],
    [some, { 'Upload-Checksum': 'md5 AAAA' }, 400, 'bad_upload'],
    [some, { 'Upload-Checksum': `sha1 ${other}` }, 460, 'checksum_mismatch']
  ]) {
    const answer = await beginWith(tablet, photo, bytes, headers)
    assert.deepEqual([answer.status, answer.code], [status, code])
    assert.equal(incoming(photo), 0, code)
    assert.equal(stored(photo), undefined)
  }
  // In chunks nobody knows beforehand how much there is.
  const tooMany = await ask(tablet, 'POST', path, {
    'Upload-Length': String(photo.bytes.length),
    'Upload-Metadata': `digest ${Buffer.from(photo.digest).toString('base64')}`,
    'Content-Type': 'application/offset+octet-stream'
  }, new ReadableStream({
    start (stream) {
      stream.enqueue(photo.bytes)
      stream.enqueue(Buffer.from('x'))
      stream.close()
    }
  }))
  assert.deepEqual([tooMany.status, tooMany.code], [413, 'too_many_bytes'])
})

await test('a creation with a checksum is kept whole or not at all, whatever was here before', async () => {
  const photo = next()
  const some = photo.bytes.subarray(0, 1000)
  const sum = (bytes) => ({ 'Upload-Checksum': `sha256 ${sha('sha256', bytes).toString('base64')}` })
  const kept = await beginWith(tablet, photo, some, sum(some))
  assert.deepEqual([kept.status, kept.header('Upload-Offset')], [201, '1000'])
  const more = photo.bytes.subarray(0, 3000)
  assert.equal((await beginWith(tablet, photo, more, sum(more))).header('Upload-Offset'), '3000')
  const damaged = await beginWith(tablet, photo, some, sum(more))
  assert.deepEqual([damaged.status, damaged.code, incoming(photo)], [460, 'checksum_mismatch', 0])
  const done = await beginWith(tablet, photo, photo.bytes, sum(photo.bytes))
  assert.deepEqual([done.status, done.header('Upload-Offset')], [201, String(photo.bytes.length)])
  checkStored(photo)
  const changed = next()
  const wrong = Buffer.from(changed.bytes)
  wrong[1234] ^= 1
  assert.deepEqual((await beginWith(tablet, changed, wrong)).code, 'digest_mismatch')
  assert.equal(await offsetOf(tablet, changed), 0)
  assert.equal((await beginWith(tablet, changed, changed.bytes)).status, 201)
  checkStored(changed)
})

await test('a photo that is here already is not sent again', async () => {
  const photo = tablet.photos.at(-1)
  const answer = await begin(tablet, photo)
  assert.deepEqual([answer.status, answer.header('Upload-Offset')], [200, String(photo.bytes.length)])
  assert.equal(answer.header('Upload-Expires'), null)
  const before = statSync(join(data, 'photos', photo.digest.slice(0, 2), photo.digest)).mtimeMs
  const { asked } = await upload(tablet, photo)
  // That client tries a part whatever the answer to creation said, is told 409, and asks.
  assert.deepEqual(asked, ['POST', 'PATCH', 'HEAD'])
  const { asked: again } = await upload(tablet, photo, { uploadUrl: url + at(photo) })
  assert.deepEqual(again, ['HEAD'])
  assert.equal(statSync(join(data, 'photos', photo.digest.slice(0, 2), photo.digest)).mtimeMs, before)
  const ended = await ask(tablet, 'DELETE', at(photo))
  assert.deepEqual([ended.status, ended.code], [403, 'upload_complete'])
  checkStored(photo)
})

await test('a part whose checksum does not fit is not kept', async () => {
  const photo = next()
  await begin(tablet, photo)
  const first = photo.bytes.subarray(0, 1000)
  for (const [header, status, code] of [
    [`sha1 ${sha('sha1', 'other').toString('base64')}`, 460, 'checksum_mismatch'],
    [`sha256 ${sha('sha256', 'other').toString('base64')}`, 460, 'checksum_mismatch'],
    [`md5 ${sha('md5', first).toString('base64')}`, 400, 'bad_upload'],
    [`sha1 ${sha('sha256', first).toString('base64')}`, 400, 'bad_upload'],
    ['sha1', 400, 'bad_upload'], ['sha1 !!!!', 400, 'bad_upload']
  ]) {
    const answer = await part(tablet, photo, 0, first, { 'Upload-Checksum': header })
    assert.deepEqual([answer.status, answer.code], [status, code], header)
    assert.equal(await offsetOf(tablet, photo), 0, header)
  }
  const fits = await part(tablet, photo, 0, first, { 'Upload-Checksum': `sha1 ${sha('sha1', first).toString('base64')}` })
  assert.deepEqual([fits.status, fits.header('Upload-Offset')], [204, '1000'])
  // Cut off in its middle, a checked part leaves nothing.
  const socket = connect(port, '127.0.0.1')
  socket.write(`PATCH ${at(photo)} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 1000\r\n` +
    `Content-Type: application/offset+octet-stream\r\nContent-Length: 5000\r\n` +
    `Upload-Checksum: sha1 ${sha('sha1', photo.bytes.subarray(1000, 6000)).toString('base64')}\r\n` +
    `Authorization: ${authorization(tablet, 'PATCH', at(photo), 'unsigned')}\r\n\r\n`)
  await new Promise((resolve) => socket.end(photo.bytes.subarray(1000, 3000), resolve))
  await new Promise((resolve) => { socket.resume(); socket.once('close', resolve) })
  assert.equal(await offsetOf(tablet, photo), 1000)
  const rest = photo.bytes.subarray(1000)
  const done = await part(tablet, photo, 1000, rest, { 'Upload-Checksum': `sha256 ${sha('sha256', rest).toString('base64')}` })
  assert.equal(done.status, 204)
  checkStored(photo)
})

await test('a photo that is not what its name says is thrown away whole and can be sent again', async () => {
  const photo = next()
  const changed = { digest: photo.digest, bytes: Buffer.from(photo.bytes) }
  changed.bytes[1234] ^= 1
  await assert.rejects(upload(tablet, changed), /460/)
  assert.equal(stored(photo), undefined)
  assert.equal(await offsetOf(tablet, photo), 0)
  await upload(tablet, photo, { uploadUrl: url + at(photo) })
  checkStored(photo)
})

await test('an upload that tus-js-client ends leaves nothing and can be begun again', async () => {
  const photo = next()
  await upload(tablet, photo, {
    chunkSize: piece,
    watch: (one, sent, done) => one.abort(true).then(done)
  })
  assert.equal(incoming(photo), 0)
  assert.equal((await ask(tablet, 'HEAD', at(photo))).status, 404)
  assert.equal((await part(tablet, photo, 0, photo.bytes)).status, 404)
  await upload(tablet, photo)
  checkStored(photo)
})

await test('another device learns nothing of an upload and cannot disturb it', async () => {
  const photo = next()
  assert.equal((await begin(stranger, photo)).status, 404)
  await begin(tablet, photo)
  for (const method of ['HEAD', 'DELETE']) assert.equal((await ask(stranger, method, at(photo))).status, 404, method)
  assert.equal((await part(stranger, photo, 0, Buffer.from('poison'))).status, 404)
  assert.equal(await offsetOf(tablet, photo), 0)
  await upload(tablet, photo)
  checkStored(photo)
})

await test('what the protocol says of every request is so', async () => {
  const options = await fetch(url + path, { method: 'OPTIONS' })
  assert.equal(options.status, 204)
  assert.equal(options.headers.get('Tus-Version'), '1.0.0')
  assert.deepEqual(options.headers.get('Tus-Extension').split(','), ['creation', 'creation-with-upload', 'checksum', 'expiration', 'termination'])
  assert.ok(options.headers.get('Tus-Checksum-Algorithm').split(',').includes('sha1'))
  assert.equal(options.headers.get('Tus-Max-Size'), String(8 * 1024 * 1024))

  const photo = next()
  const name = Buffer.from(photo.digest).toString('base64')
  const length = { 'Upload-Length': String(photo.bytes.length) }
  for (const [headers, status, code] of [
    [{ ...length, 'Upload-Metadata': `digest ${name}`, 'Tus-Resumable': '0.2.2' }, 412, 'tus_version'],
    [{ 'Upload-Metadata': `digest ${name}` }, 400, 'bad_upload'],
    [{ 'Upload-Length': '-1', 'Upload-Metadata': `digest ${name}` }, 400, 'bad_upload'],
    [{ 'Upload-Length': '99999999999999999999', 'Upload-Metadata': `digest ${name}` }, 400, 'bad_upload'],
    [{ 'Upload-Length': '0', 'Upload-Metadata': `digest ${name}` }, 400, 'bad_length'],
    [{ 'Upload-Length': String(8 * 1024 * 1024 + 1), 'Upload-Metadata': `digest ${name}` }, 413, 'attachment_too_large'],
    [length, 400, 'bad_upload'],
    [{ ...length, 'Upload-Metadata': 'digest ???' }, 400, 'bad_upload'],
    [{ ...length, 'Upload-Metadata': `digest ${name},filename ${name}` }, 400, 'bad_upload'],
    [{ ...length, 'Upload-Metadata': `digest ${Buffer.from('../../etc/passwd').toString('base64')}` }, 400, 'bad_digest']
  ]) {
    const answer = await ask(tablet, 'POST', path, headers)
    assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(headers))
    assert.equal(answer.header('Tus-Resumable'), '1.0.0')
    if (status === 412) assert.equal(answer.header('Tus-Version'), '1.0.0')
    assert.ok(answer.detail.length > 20)
  }
  assert.equal((await ask(tablet, 'HEAD', at(photo))).status, 404)
  assert.equal((await ask(tablet, 'HEAD', at(photo))).header('Upload-Offset'), null)

  const created = await begin(tablet, photo)
  assert.equal(created.status, 201)
  assert.equal(new URL(created.header('Location'), url).pathname, at(photo))
  const days = (Date.parse(created.header('Upload-Expires')) - Date.now()) / 86_400_000
  assert.ok(days > 6.9 && days < 7.1, created.header('Upload-Expires'))
  assert.match(created.header('Upload-Expires'), /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/)

  const known = await ask(tablet, 'HEAD', at(photo))
  assert.equal(known.status, 200)
  assert.equal(known.header('Upload-Offset'), '0')
  assert.equal(known.header('Upload-Length'), String(photo.bytes.length))
  assert.equal(known.header('Upload-Metadata'), `digest ${name}`)
  assert.equal(known.header('Cache-Control'), 'no-store')
  assert.equal((await ask(tablet, 'HEAD', at(photo), { 'Tus-Resumable': '2.0.0' })).status, 412)
  assert.equal((await ask(tablet, 'DELETE', at(photo), { 'Tus-Resumable': '2.0.0' })).status, 412)

  const bytes = photo.bytes.subarray(0, 100)
  const type = { 'Content-Type': 'application/offset+octet-stream' }
  for (const [headers, status, code] of [
    [{ 'Upload-Offset': '0', 'Content-Type': 'image/jpeg' }, 415, 'unsupported_media_type'],
    [type, 400, 'bad_upload'], [{ ...type, 'Upload-Offset': '-1' }, 400, 'bad_upload'],
    [{ ...type, 'Upload-Offset': '1' }, 409, 'offset_mismatch'],
    [{ ...type, 'Upload-Offset': '0', 'Tus-Resumable': '1.0' }, 412, 'tus_version'],
    [{ ...type, 'Upload-Offset': '0', 'X-HTTP-Method-Override': 'PUT' }, 405, 'method_not_allowed']
  ]) {
    const answer = await ask(tablet, 'PATCH', at(photo), headers, bytes)
    assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(headers))
    assert.equal(await offsetOf(tablet, photo), 0)
  }
  const kept = await part(tablet, photo, 0, bytes)
  assert.deepEqual([kept.status, kept.header('Upload-Offset')], [204, '100'])
  assert.ok(kept.header('Upload-Expires'))
  const tooMany = await part(tablet, photo, 100, photo.bytes)
  assert.deepEqual([tooMany.status, tooMany.code], [413, 'too_many_bytes'])
  // Beginning again says how far it is, in the same place.
  const again = await begin(tablet, photo)
  assert.equal(again.status, 201)
  assert.equal(again.header('Location'), at(photo))

  const unsigned = await fetch(url + at(photo), { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })
  assert.equal(unsigned.status, 401)
  assert.equal(unsigned.headers.get('Tus-Resumable'), '1.0.0')
  const forged = await ask({ device: tablet.device, key: stranger.key }, 'DELETE', at(photo))
  assert.deepEqual([forged.status, forged.code], [401, 'bad_signature'])
})

await test('an upload that rests too long is gone, its bytes too, and can be begun again', async () => {
  const photo = next()
  const resting = next()
  for (const one of [photo, resting]) {
    await begin(tablet, one)
    assert.equal((await part(tablet, one, 0, one.bytes.subarray(0, 1000))).status, 204)
  }
  await stopServer('SIGTERM')
  const restart = Date.now() + 8 * 86_400_000
  await startServer(restart)
  const later = restart + 60_000 // what was signed before the server began is refused
  const gone = await ask(tablet, 'HEAD', at(photo), {}, undefined, later)
  assert.deepEqual([gone.status, gone.header('Upload-Offset')], [410, null])
  const late = await part(tablet, photo, 1000, photo.bytes.subarray(1000), {}, later)
  assert.deepEqual([late.status, late.code], [410, 'upload_expired'])
  const again = await begin(tablet, photo, later)
  assert.deepEqual([again.status, again.header('Upload-Offset')], [201, '0'])
  // Whoever begins one clears away what others left.
  assert.equal(incoming(resting), 0)
  assert.equal((await ask(tablet, 'HEAD', at(resting), {}, undefined, later)).status, 404)
  assert.equal((await part(tablet, photo, 0, photo.bytes, {}, later)).status, 204)
  checkStored(photo)
})

await test('the server holds every photo once, and no crumbs', async () => {
  const files = readdirSync(join(data, 'photos'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name)).map((entry) => entry.name)
  assert.equal(new Set(files).size, files.length)
  for (const photo of tablet.photos.slice(3)) if (stored(photo)) checkStored(photo)
})

await stopServer('SIGTERM')
rmSync(folder, { recursive: true, force: true })
finish()
