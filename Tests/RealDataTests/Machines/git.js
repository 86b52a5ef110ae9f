// The files of a repository. Each commit says what git's id of the whole tree was: a SHA-1 over
// the tree's objects, which is made here of the replayed state.

function utf8(text) {
  const bytes = []
  for (const character of text) {
    const c = character.codePointAt(0)
    if (c < 0x80) bytes.push(c)
    else if (c < 0x800) bytes.push(0xc0 | c >> 6, 0x80 | c & 63)
    else if (c < 0x10000) bytes.push(0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63)
    else
      bytes.push(0xf0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63)
  }
  return bytes
}

function sha1(bytes) {
  const blocks = (bytes.length + 8 >> 6) + 1
  const words = new Int32Array(blocks * 16)
  for (let i = 0; i < bytes.length; i++) words[i >> 2] |= bytes[i] << 24 - (i & 3) * 8
  words[bytes.length >> 2] |= 0x80 << 24 - (bytes.length & 3) * 8
  words[words.length - 1] = bytes.length * 8
  let h0 = 0x67452301, h1 = 0xefcdab89 | 0, h2 = 0x98badcfe | 0, h3 = 0x10325476
  let h4 = 0xc3d2e1f0 | 0
  const w = new Int32Array(80)
  for (let start = 0; start < words.length; start += 16) {
    let a = h0, b = h1, c = h2, d = h3, e = h4
    for (let i = 0; i < 80; i++) {
      if (i < 16) w[i] = words[start + i]
      else {
        const x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]
        w[i] = x << 1 | x >>> 31
      }
      const f = i < 20 ? (b & c | ~b & d) + 0x5a827999
        : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
        : i < 60 ? (b & c | b & d | c & d) + 0x8f1bbcdc
        : (b ^ c ^ d) + 0xca62c1d6
      const next = (a << 5 | a >>> 27) + f + e + w[i] | 0
      e = d; d = c; c = b << 30 | b >>> 2; b = a; a = next
    }
    h0 = h0 + a | 0; h1 = h1 + b | 0; h2 = h2 + c | 0; h3 = h3 + d | 0; h4 = h4 + e | 0
  }
  return [h0, h1, h2, h3, h4].map(h => (h >>> 0).toString(16).padStart(8, "0")).join("")
}

const unhex = (text) => {
  const bytes = []
  for (let i = 0; i < text.length; i += 2) bytes.push(parseInt(text.slice(i, i + 2), 16))
  return bytes
}

const lessBytes = (a, b) => {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}

// Git sorts the entries of a folder by bytes, with a folder's name as if it ended in '/'.
function treeID(folder) {
  const entries = Object.entries(folder).map(([name, entry]) => {
    const isFolder = !Array.isArray(entry)
    return {
      order: utf8(isFolder ? name + "/" : name),
      bytes: [...utf8(`${isFolder ? "40000" : entry[0]} ${name}\0`),
        ...unhex(isFolder ? treeID(entry) : entry[1])],
    }
  })
  entries.sort((a, b) => lessBytes(a.order, b.order))
  const body = entries.flatMap(entry => entry.bytes)
  return sha1([...utf8(`tree ${body.length}\0`), ...body])
}

function treeOf(files) {
  const newFolder = () => Object.create(null) // a file may be named "constructor"
  const root = newFolder()
  for (const [path, file] of Object.entries(files)) {
    const names = path.split("/")
    let folder = root
    for (const name of names.slice(0, -1)) folder = folder[name] ??= newFolder()
    folder[names.at(-1)] = file
  }
  return treeID(root)
}

const has = (s, path) => Object.hasOwn(s.files, path)
const isOld = (s, { path, oldMode, oldBlob }) =>
  has(s, path) && s.files[path][0] === oldMode && s.files[path][1] === oldBlob

const put = (s, e) => { s.files[e.data.path] = [e.data.mode, e.data.blob] }
const peak = (s) => { s.peak = Math.max(s.peak, Object.keys(s.files).length) }

machine("git", 1, {
  initial: { files: {}, commits: 0, peak: 0 },
  on: {
    "file.added": (s, e) => { put(s, e); peak(s) },
    "file.modified": put,
    "file.deleted": (s, e) => { delete s.files[e.data.path] },
    committed: (s) => { s.commits++ },
  },
  invariants: {
    "tree_digest_matches": step((before, e, after) =>
      e.type !== "committed" || treeOf(after.files) === e.data.tree),
    "event_applies": step((before, e) =>
      e.type === "committed" ? true
        : e.type === "file.added" ? !has(before, e.data.path)
        : isOld(before, e.data)),
    "time_monotone": history({ last: 0n }, (memory, before, e) => {
      const isLater = e.timeNs >= memory.last
      memory.last = e.timeNs
      return isLater
    }),
    "case_collision": always(s => {
      const paths = Object.keys(s.files)
      return new Set(paths.map(path => path.toLowerCase())).size === paths.length
    }),
    "LICENSE_exists": always(s => has(s, "LICENSE")),
    "files_le_300": always(s => Object.keys(s.files).length <= 300),
    "README_exists": always(s => has(s, "README.md")),
    "mix_lock_exists": always(s => has(s, "mix.lock")),
  },
})
