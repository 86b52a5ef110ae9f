// The server's answers. Requests that are no longer wanted are aborted by the caller's signal.
import { parseJSON } from "studio/shared/text.js"

/** An error that the server explained. */
export class ServerError extends Error {
  /** @param {string} message @param {string | undefined} advice @param {number} status */
  constructor(message, advice, status) {
    super(message)
    this.advice = advice
    this.status = status
  }
}

/** @param {Response} response */
async function decoded(response) {
  const text = await response.text()
  if (response.ok) return text === "" ? null : parseJSON(text)
  let error = { message: `The server answered ${response.status}.`, advice: "" }
  if (text.startsWith("{")) error = parseJSON(text).error ?? error
  throw new ServerError(error.message, error.advice, response.status)
}

/** @param {string} path @param {Record<string, any>} parameters */
function address(path, parameters) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value != null && value !== "" && value !== false) query.set(name, String(value))
  }
  const text = query.toString()
  return `/api/${path}${text ? "?" + text : ""}`
}

/** @param {() => Promise<Response>} request */
async function reached(request) {
  try {
    return await request()
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error
    throw new ServerError("The server does not answer.", "Is `evlog studio` still running?", 0)
  }
}

/**
 * Asks a question that is answered at once.
 * @param {string} path below /api/
 * @param {Record<string, any>} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, parameters = {}, signal) {
  return decoded(await reached(() => fetch(address(path, parameters), { signal })))
}

/** @param {string} path @param {any} body @returns {Promise<any>} */
export async function post(path, body) {
  return decoded(await reached(() => fetch(`/api/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  })))
}

/**
 * Was it aborted because something newer is wanted?
 * @param {unknown} error
 */
export function isAborted(error) {
  return error instanceof DOMException && error.name === "AbortError"
}

/** Keeps the latest answers, so that going back and forth asks nothing again. */
export class AnswerCache {
  /** @param {number} limit */
  constructor(limit) {
    this.limit = limit
    /** @type {Map<string, Promise<any>>} */
    this.answers = new Map()
  }

  /** @param {string} path @param {Record<string, any>} parameters @returns {Promise<any>} */
  get(path, parameters) {
    const key = address(path, parameters)
    const known = this.answers.get(key)
    if (known) {
      this.answers.delete(key)
      this.answers.set(key, known)
      return known
    }
    const answer = get(path, parameters)
    this.answers.set(key, answer)
    answer.catch(() => this.answers.delete(key))
    if (this.answers.size > this.limit) {
      this.answers.delete(/** @type {string} */ (this.answers.keys().next().value))
    }
    return answer
  }

  clear() {
    this.answers.clear()
  }
}

/**
 * @typedef {object} JobAnswer
 * @property {any} answer the command's JSON
 * @property {string} text the command's text
 * @property {number} exit
 * @property {string} command
 */

/** A long question: it reports progress, and can be cancelled. */
export class Job {
  /** @param {string} question @param {number} subject @param {Record<string, any>} parameters */
  constructor(question, subject, parameters) {
    this.question = question
    this.subject = subject
    this.parameters = parameters
    this.command = ""
    this.isOver = false
    /** @type {string | null} */
    this.id = null
    /** @type {EventSource | null} */
    this.source = null
    /** @type {(progress: { text: string, fraction?: number }) => void} */
    this.onprogress = () => {}
    /** @type {(error: Error) => void} */
    this.fail = () => {}
  }

  /** @returns {Promise<JobAnswer>} */
  async run() {
    const begun = await post("jobs", {
      s: this.subject, question: this.question, parameters: this.parameters,
    })
    this.id = begun.id
    this.command = begun.command
    if (this.isOver) {
      await this.cancel()
      throw new DOMException("cancelled", "AbortError")
    }
    this.onprogress({ text: "started" })
    return new Promise((resolve, reject) => {
      const source = new EventSource(`/api/jobs/${this.id}/events`)
      this.source = source
      const end = () => {
        this.isOver = true
        source.close()
      }
      this.fail = error => {
        end()
        reject(error)
      }
      source.addEventListener("progress", event => this.onprogress(parseJSON(event.data)))
      source.addEventListener("answer", event => {
        end()
        resolve(parseJSON(event.data))
      })
      source.addEventListener("failed", event => {
        const failure = parseJSON(event.data)
        this.fail(new ServerError(failure.message, failure.advice, 422))
      })
      source.addEventListener("done", end)
      source.onerror = () => {
        if (!this.isOver) this.fail(new ServerError("The server ended the answer.", undefined, 0))
      }
    })
  }

  async cancel() {
    this.isOver = true
    this.source?.close()
    this.fail(new DOMException("cancelled", "AbortError"))
    if (this.id !== null) await fetch(`/api/jobs/${this.id}`, { method: "DELETE" })
  }
}
