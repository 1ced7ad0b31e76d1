// An outside opinion on the ledger's proofs: the real server serves them, the Sigstore client's code and node's
// own crypto check them. Also runs tallybook-verify on an export, true and changed. Prints "N passed, N failed".
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { programs, startDemoServer } from '../support/demo_server.mjs'
import { finish, test } from '../support/testing.mjs'

const require = createRequire(import.meta.url)
// The package shows its verifier only as a whole, which wants a Rekor entry; these are its parts.
const { verifyMerkleInclusion } = require('@sigstore/verify/dist/timestamp/merkle')
const { verifyCheckpoint } = require('@sigstore/verify/dist/timestamp/checkpoint')

function run (program, ...words) {
  return spawnSync(join(programs, program), words, { encoding: 'utf8' })
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const node = (left, right) => sha256(Buffer.from([1]), left, right)
const fromBase64 = (text) => Buffer.from(text, 'base64')

const { url, folder, data, stop } = await startDemoServer()
const get = async (path) => {
  const answer = await fetch(url + path)
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
}
const getJson = async (path) => JSON.parse((await get(path)).body)
/** "000", "x001/234": how C2SP tlog-tiles writes a number. */
const tileIndex = (number) => {
  const groups = [String(number % 1000).padStart(3, '0')]
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift('x' + String(rest % 1000).padStart(3, '0'))
  }
  return groups.join('/')
}

const note = (await get('/checkpoint')).body.toString()
const [origin, sizeText, rootText] = note.split('\n')
const size = Number(sizeText)
const root = fromBase64(rootText)
const rawKey = fromBase64((await getJson('/api/v1/server')).signing_key)
const publicKey = createPublicKey({
  key: { kty: 'OKP', crv: 'Ed25519', x: rawKey.toString('base64url') }, format: 'jwk'
})
const keyHash = sha256(origin, '\n', Buffer.from([1]), rawKey).subarray(0, 4)

/** Every leaf of the log, from entry bundles. */
async function allLeaves () {
  const leaves = []
  while (leaves.length < size) {
    const width = Math.min(256, size - leaves.length)
    const path = `/tile/entries/${tileIndex(leaves.length / 256)}${width < 256 ? `.p/${width}` : ''}`
    const { status, body } = await get(path)
    assert.equal(status, 200, path)
    for (let at = 0; at < body.length;) {
      const length = body.readUInt16BE(at)
      leaves.push(body.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  return leaves
}
const leaves = await allLeaves()

const entryOf = (leaf, proof) => ({
  canonicalizedBody: leaf,
  integratedTime: '1750000000',
  inclusionProof: {
    logIndex: String(proof.position),
    treeSize: String(proof.tree_size),
    rootHash: fromBase64(proof.root),
    hashes: proof.hashes.map(fromBase64),
    checkpoint: { envelope: note }
  }
})

await test('the checkpoint is a signed note that node verifies with the published key', () => {
  const [text, signatures] = [note.slice(0, note.indexOf('\n\n') + 1), note.slice(note.indexOf('\n\n') + 2)]
  const [, name, encoded] = /^\u2014 (\S+) (\S+)\n$/.exec(signatures)
  const signature = fromBase64(encoded)
  assert.equal(name, origin)
  assert.deepEqual(signature.subarray(0, 4), keyHash)
  assert.ok(verifySignature(null, Buffer.from(text), publicKey, signature.subarray(4)))
  assert.ok(!verifySignature(null, Buffer.from(text.replace(sizeText, String(size + 1))), publicKey, signature.subarray(4)))
})

await test('the Sigstore client accepts the inclusion proof of every row and refuses another leaf', async () => {
  assert.ok(size > 100, `the demo's log has ${size} rows`)
  assert.equal(leaves.length, size)
  for (let position = 0; position < size; ++position) {
    const proof = await getJson(`/api/v1/proof/inclusion?position=${position}&size=${size}`)
    assert.equal(proof.root, rootText)
    verifyMerkleInclusion(entryOf(leaves[position], proof))
    const other = leaves[(position + 1) % size]
    assert.throws(() => verifyMerkleInclusion(entryOf(other, proof)), /does not match/)
    const changed = { ...proof, root: sha256('other').toString('base64') }
    assert.throws(() => verifyMerkleInclusion(entryOf(leaves[position], changed)), /does not match/)
  }
})

await test('the Sigstore client accepts the checkpoint beside a proof, and not with another key', async () => {
  const proof = await getJson('/api/v1/proof/inclusion?position=0')
  const log = (key) => [{
    logID: keyHash,
    publicKey: key,
    validFor: { start: new Date(0), end: new Date('2100-01-01') },
    baseURL: url
  }]
  verifyCheckpoint(entryOf(leaves[0], proof), log(publicKey))
  const otherKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: rawKey.map((byte, i) => i === 0 ? byte ^ 1 : byte).toString('base64url') },
    format: 'jwk'
  })
  assert.throws(() => verifyCheckpoint(entryOf(leaves[0], proof), log(otherKey)))
})

await test('consistency proofs lead from every earlier root to the signed one', async () => {
  const hashes = leaves.map((leaf) => sha256(Buffer.from([0]), leaf))
  const rootOf = (begin, end) => {
    if (end - begin === 1) return hashes[begin]
    let half = 1
    while (half * 2 < end - begin) half *= 2
    return node(rootOf(begin, begin + half), rootOf(begin + half, end))
  }
  assert.deepEqual(rootOf(0, size), root)
  // RFC 9162, section 2.1.4.2, in its own words.
  const holds = (first, second, firstHash, secondHash, path) => {
    if (first === second) return path.length === 0 && firstHash.equals(secondHash)
    if ((first & (first - 1)) === 0) path = [firstHash, ...path]
    let [fn, sn] = [first - 1, second - 1]
    while (fn & 1) { fn >>= 1; sn >>= 1 }
    let [fr, sr] = [path[0], path[0]]
    for (const c of path.slice(1)) {
      if (sn === 0) return false
      if ((fn & 1) || fn === sn) {
        fr = node(c, fr)
        sr = node(c, sr)
        while (!(fn & 1) && fn !== 0) { fn >>= 1; sn >>= 1 }
      } else {
        sr = node(sr, c)
      }
      fn >>= 1
      sn >>= 1
    }
    return fr.equals(firstHash) && sr.equals(secondHash) && sn === 0
  }
  for (let from = 1; from <= size; ++from) {
    const proof = await getJson(`/api/v1/proof/consistency?from=${from}&to=${size}`)
    assert.ok(holds(from, size, rootOf(0, from), root, proof.hashes.map(fromBase64)), `from ${from}`)
    assert.equal(fromBase64(proof.from_root).compare(rootOf(0, from)), 0)
  }
})

await test('tiles hold the hashes of the rows, full ones may be cached for ever', async () => {
  const width = size % 256
  const last = Math.floor(size / 256)
  for (let i = 0; i <= last; ++i) {
    const full = i < last
    if (!full && width === 0) break
    const { status, headers, body } = await get(`/tile/0/${tileIndex(i)}${full ? '' : `.p/${width}`}`)
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/octet-stream')
    assert.equal(headers.get('cache-control').includes('immutable'), full)
    assert.equal(body.length, (full ? 256 : width) * 32)
    for (let k = 0; k * 32 < body.length; ++k) {
      assert.deepEqual(body.subarray(k * 32, k * 32 + 32), sha256(Buffer.from([0]), leaves[i * 256 + k]))
    }
  }
  assert.match((await get('/checkpoint')).headers.get('content-type'), /^text\/plain/)
})

await test('what cannot be answered is refused with a code and a sentence', async () => {
  for (const [path, status, code] of [
    ['/tile/0/x000/000', 404, 'not_found'], ['/tile/0/999', 404, 'not_found'], ['/tile/9/000', 404, 'not_found'],
    ['/tile/entries/x900/000', 404, 'not_found'], ['/tile/0/000.p/256', 404, 'not_found'],
    ['/api/v1/proof/inclusion', 400, 'bad_number'], ['/api/v1/proof/inclusion?position=-1', 400, 'bad_number'],
    ['/api/v1/proof/inclusion?position=1e3', 400, 'bad_number'],
    ['/api/v1/proof/inclusion?position=99999999999999999999', 400, 'bad_number'],
    [`/api/v1/proof/inclusion?position=${size}`, 404, 'bad_position'],
    [`/api/v1/proof/inclusion?position=0&size=${size + 1}`, 404, 'bad_size'],
    ['/api/v1/proof/consistency?from=0', 404, 'bad_size'], ['/api/v1/proof/consistency?from=9&to=8', 404, 'bad_size'],
    [`/api/v1/proof/consistency?from=1&to=${size + 1}`, 404, 'bad_size'], ['/api/v1/proof/consistency', 400, 'bad_number']
  ]) {
    const answer = await get(path)
    assert.equal(answer.status, status, path)
    const problem = JSON.parse(answer.body)
    assert.equal(problem.code, code, path)
    assert.ok(problem.detail.length > 20, path)
  }
})

await test('tallybook-verify accepts the export, the kept checkpoint and the key, and names a changed entry', () => {
  const file = join(folder, 'ledger.tally')
  const kept = join(folder, 'checkpoint.txt')
  writeFileSync(kept, note)
  const exported = run('tallybook-server', 'ledger', 'export', file, '--data', data, '--json')
  assert.equal(exported.status, 0, exported.stderr)
  assert.equal(JSON.parse(exported.stdout).rows, size)
  const key = `${origin}+${keyHash.toString('hex')}+${Buffer.concat([Buffer.from([1]), rawKey]).toString('base64')}`
  const sound = run('tallybook-verify', file, '--checkpoint', kept, '--key', key, '--json')
  assert.equal(sound.status, 0, sound.stderr)
  const report = JSON.parse(sound.stdout)
  assert.equal(report.rows, size)
  assert.equal(report.root, rootText)
  assert.ok(report.totals.length > 0)
  assert.match(run('tallybook-verify', file).stdout, /The ledger is whole/)

  const bytes = readFileSync(file)
  const { entry } = JSON.parse(leaves[5])
  bytes[bytes.indexOf(leaves[5]) + leaves[5].length - 3] ^= 1
  writeFileSync(file, bytes)
  const changed = run('tallybook-verify', file)
  assert.equal(changed.status, 1)
  assert.match(changed.stderr, new RegExp(`row 5, entry ${entry}`))
  assert.equal(run('tallybook-verify', join(folder, 'nothing')).status, 1)
  assert.equal(run('tallybook-verify').status, 2)
  assert.equal(run('tallybook-verify', '--help').status, 0)
})

await stop()
finish()
