// A text that is typed. A patch is [position, deleted, inserted], all in Unicode code points.

// Words that the documents must never hold.
const FORBIDDEN = {
  "doc-rustcode": "unsafe impl",
  "doc-sveltecomponent": "localStorage",
}
const LONGEST = 2048

// The text is in chunks with their sizes, so that an edit touches one place and not all of it.
// Where a chunk has as many UTF-16 units as code points, its positions are the units'.
const sizeOf = (text) => {
  let size = text.length
  for (let i = 1; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) size--
  return size
}
const slice = (text, size, from, to) =>
  size === text.length ? text.slice(from, to) : Array.from(text).slice(from, to).join("")

function splitAt(s, position) {
  let i = 0
  while (i < s.sizes.length && position >= s.sizes[i]) position -= s.sizes[i++]
  if (position > 0) {
    const text = s.chunks[i], size = s.sizes[i]
    s.chunks.splice(i, 1, slice(text, size, 0, position), slice(text, size, position, size))
    s.sizes.splice(i, 1, position, size - position)
    i++
  }
  return i
}

// Joins the chunk before a place with those after it while they are short together.
function join(s, i) {
  i = Math.max(i - 1, 0)
  for (let tries = 0; tries < 2; tries++)
    if (i + 1 < s.sizes.length && s.sizes[i] + s.sizes[i + 1] <= LONGEST) {
      s.chunks.splice(i, 2, s.chunks[i] + s.chunks[i + 1])
      s.sizes.splice(i, 2, s.sizes[i] + s.sizes[i + 1])
    } else i++
}

function read(s, from, to) {
  let text = ""
  for (let i = 0, start = 0; i < s.sizes.length && start < to; start += s.sizes[i++])
    if (start + s.sizes[i] > from)
      text += slice(s.chunks[i], s.sizes[i], Math.max(from - start, 0), to - start)
  return text
}

const count = (text, word) => text.split(word).length - 1

// Counts what an edit can change: the text around it, as far as a word reaches.
function tally(s, word, from, to, sign) {
  const text = read(s, from, to)
  s.open += sign * count(text, "{")
  s.close += sign * count(text, "}")
  if (!word) return
  const reach = word.length - 1
  s.forbidden += sign * count(read(s, Math.max(from - reach, 0), to + reach), word)
}

function patch(s, word, position, deleted, inserted) {
  tally(s, word, position, position + deleted, -1)
  const first = splitAt(s, position), last = splitAt(s, position + deleted)
  const chunks = [], sizes = [], points = Array.from(inserted)
  for (let i = 0; i < points.length; i += LONGEST) {
    const part = points.slice(i, i + LONGEST)
    chunks.push(part.join(""))
    sizes.push(part.length)
  }
  s.chunks.splice(first, last - first, ...chunks)
  s.sizes.splice(first, last - first, ...sizes)
  join(s, first + chunks.length)
  join(s, first)
  s.size += points.length - deleted
  s.inserted += points.length
  s.deleted += deleted
  s.patches++
  tally(s, word, position, position + points.length, 1)
}

machine("editing", 1, {
  initial: {
    chunks: [], sizes: [], size: 0, peak: 0, open: 0, close: 0, forbidden: 0,
    patches: 0, inserted: 0, deleted: 0, firstBeyondASCII: null,
  },
  on: {
    edited: (s, e) => {
      for (const [position, deleted, inserted] of e.data.patches) {
        patch(s, FORBIDDEN[e.stream], position, deleted, inserted)
        if (s.firstBeyondASCII === null && /[^\x00-\x7f]/.test(inserted))
          s.firstBeyondASCII = e.offset
      }
      s.peak = Math.max(s.peak, s.size)
    },
  },
  invariants: {
    "braces_balanced": always(s => s.open === s.close),
    "lacks": always(s => s.forbidden === 0),
  },
})
